"""From the specs in `openapi/` to the generated code in `src/aiovonage/api/`.

`spec` reads a file, `ir` says what it means in terms of Python, `render` writes that down, and `generate` does so for
all of them.
"""
