"""How datamodel-code-generator is called: for the types of a spec, and for the source of its models."""

from __future__ import annotations

import tempfile
import warnings
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from datamodel_code_generator import InputFileType, OpenAPIScope, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import DatetimeClassType, Formatter, PythonVersion

from codegen.spec import COMMON, Json, Spec, load

TEMPLATES = Path(__file__).parent / "templates"

YAML_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""libyaml where PyYAML has it: the rest of the generator is as fast as writing the specs without it."""


def generate_models(
    spec: Spec,
    schemas: Json,
    *,
    aliases: dict[str, str],
    output: Path | None = None,
    metadata: Path | None = None,
    header: str | None = None,
    imports: list[str] | None = None,
    template_data: Mapping[str, dict[str, Any]] | None = None,
) -> None:
    """Generate classes.

    Args:
        spec: The spec that the schemas are of; classes of `common.yaml` are imported, not written again.
        schemas: The schemas by name.
        aliases: The attribute of each member, as `Class.wire`.
        output: The file that gets the source.
        metadata: The file that gets the names and types of all members, as JSON.
        header: How the source begins.
        imports: What the templates need.
        template_data: What the templates are told beside, by class.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        source = Path(folder) / spec.path.name
        source.write_text(_document(schemas), "utf-8")
        shared = spec.path.parent / COMMON
        has_common = spec.path.name != COMMON and shared.exists()
        if has_common:
            (Path(folder) / COMMON).write_text(_document(load(shared).schemas), "utf-8")
        generate(
            source,
            input_file_type=InputFileType.OpenAPI,
            output=output,
            emit_model_metadata=metadata,
            # Our template makes attrs classes of its dataclasses.
            output_model_type=DataModelType.DataclassesDataclass,
            openapi_scopes=[OpenAPIScope.Schemas],
            custom_template_dir=TEMPLATES if output else None,
            custom_file_header=header,
            additional_imports=imports,
            extra_template_data=defaultdict(dict, template_data or {}),
            aliases=aliases,
            external_ref_mapping={COMMON: "aiovonage.api.common.models"} if has_common else None,
            target_python_version=PythonVersion.PY_311,
            output_datetime_class=DatetimeClassType.Datetime,
            strict_nullable=True,
            field_constraints=True,
            snake_case_field=True,
            keyword_only=True,
            use_schema_description=True,
            use_standard_collections=True,
            use_union_operator=True,
            disable_timestamp=True,
            formatters=[Formatter.BUILTIN],
            # else it is that of the next pyproject.toml above the temporary folder
            builtin_format_line_length=88,
        )


def _document(schemas: Json) -> str:
    info = {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {}}
    return yaml.dump({**info, "components": {"schemas": schemas}}, Dumper=YAML_DUMPER, sort_keys=False)
