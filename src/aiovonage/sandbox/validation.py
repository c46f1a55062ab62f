"""Validates requests against the specs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import jsonschema_rs
import orjson

from aiovonage.sandbox.problems import BASE, INSTANCE, ProblemResponse, problem
from aiovonage.sandbox.specs import COMMON, Json, SpecOperation, documents, resolve

_TYPES = {"integer": int, "number": float}


class Validator:
    """The compiled checks of one operation's parameters and body."""

    def __init__(self, operation: SpecOperation) -> None:
        self._operation = operation
        self._parameters = [(p, _compiled(operation.file, _schema(p))) for p in operation.parameters]
        self._body = _compiled(operation.file, operation.body) if operation.body is not None else None

    def parameters(self, path_values: list[str], query: str) -> Json:
        """The values of the parameters, by name.

        Raises:
            ProblemResponse: the operation's documented error, which names each invalid parameter.
        """
        given = parse_qs(query, keep_blank_values=True)
        path = iter(path_values)
        values: Json = {}
        wrong: list[tuple[str, str]] = []
        for parameter, validator in self._parameters:
            name = parameter["name"]
            if parameter["in"] == "path":
                texts = [next(path)]
            elif name in given:
                texts = given[name]
            else:
                if parameter.get("required"):
                    wrong.append((name, f"Field '{name}' is required"))
                continue
            value = _parsed(self._operation.file, parameter, texts)
            if not validator.is_valid(value):
                wrong.append((name, f"Field '{name}' is not a valid value"))
            values[name] = value
        if wrong:
            raise self._invalid(wrong)
        return values

    def body(self, content_type: str, raw: bytes) -> Any:
        """The body.

        Raises:
            ProblemResponse: 415 for another content type, `invalid-json`, or the operation's documented error.
        """
        if self._body is None:
            return None
        if not raw:
            if self._operation.body_required:
                raise _invalid_json(self._operation, "the body is empty")
            return None
        if content_type.partition(";")[0].strip().lower() not in self._operation.media_types:
            raise problem(
                415, "#content-type-header", "Unsupported Media Type", "The Content-Type header is not supported"
            )
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise _invalid_json(self._operation, str(error)) from None
        if not self._body.is_valid(value):
            raise self._invalid(_wrong_members(self._body, value))
        return value

    def _invalid(self, wrong: list[tuple[str, str]]) -> ProblemResponse:
        status = next((s for s in (422, 400) if str(s) in self._operation.responses), 422)
        example = self._operation.example(status)
        example = example if isinstance(example, dict) else {}
        body = {
            "type": f"{BASE}#invalid-data",
            "title": "There were some issues with the submitted data",
            "detail": "There were some errors with the request, please correct the requested fields",
            "instance": INSTANCE,
            **{k: v for k, v in example.items() if k in {"type", "title", "detail"}},
        }
        documented = (example.get("invalid_parameters") or [{}])[0]
        more = {"code": documented["code"]} if "code" in documented else {}
        body["invalid_parameters"] = [{**more, "field": name, "description": text} for name, text in wrong]
        return ProblemResponse(status, body)


def _invalid_json(operation: SpecOperation, detail: str) -> ProblemResponse:
    status = next((s for s in (422, 400) if str(s) in operation.responses), 422)
    return problem(status, "/#invalid-json", "Unable to parse incoming request", detail)


def _wrong_members(validator: Any, value: Any) -> list[tuple[str, str]]:
    wrong: dict[str, str] = {}
    for error in validator.iter_errors(value):
        path = ".".join(map(str, error.instance_path))
        missing = getattr(error.kind, "property", None)
        name = f"{path}.{missing}".strip(".") if missing else path
        wrong.setdefault(
            name or "body", f"Field '{name or 'body'}' {'is required' if missing else 'is not a valid value'}"
        )
    return list(wrong.items())


def _schema(parameter: Json) -> Json:
    schema: Json = parameter.get("schema") or next(iter(parameter["content"].values()))["schema"]
    return schema


def _compiled(file: str, schema: Json) -> Any:
    """A validator for a schema of a file."""
    resources = [
        (f"spec:///{name}", {"$schema": "https://json-schema.org/draft/2020-12/schema", **document})
        for name, document in documents().items()
        if name in {file, COMMON}
    ]
    registry = jsonschema_rs.Registry(resources)
    absolute = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"spec:///{file}.root",
        **_absolute(file, schema),
    }
    return jsonschema_rs.Draft202012Validator(absolute, registry=registry, validate_formats=True)


def _absolute(file: str, node: Any) -> Any:
    if isinstance(node, dict):
        return {
            k: (f"spec:///{file}{v}" if v.startswith("#") else f"spec:///{v}") if k == "$ref" else _absolute(file, v)
            for k, v in node.items()
        }
    return [_absolute(file, item) for item in node] if isinstance(node, list) else node


def _parsed(file: str, parameter: Json, texts: list[str]) -> Any:
    """A parameter's text converted to its type; the text itself if it cannot be converted."""
    if "content" in parameter:
        try:
            return orjson.loads(texts[0])
        except orjson.JSONDecodeError:
            return texts[0]
    schema = resolve(file, parameter["schema"])
    if schema.get("type") == "array":
        items = resolve(file, schema.get("items", {}))
        parts = texts if parameter.get("explode", True) else texts[0].split(",")
        return [_scalar(items, part) for part in parts]
    return _scalar(schema, texts[0])


def _scalar(schema: Json, text: str) -> Any:
    kind = _TYPES.get(schema.get("type", ""))
    if kind is None:
        return text == "true" if schema.get("type") == "boolean" and text in {"true", "false"} else text
    try:
        return kind(text) if text.isascii() else text
    except ValueError:
        return text
