"""The press: from the specs in `openapi/` to the generated code in `src/aiovonage/api/`."""
