"""The parameters and the body of an operation."""

from __future__ import annotations

import attrs

from codegen.ir.checks import check
from codegen.ir.text import meaning
from codegen.ir.types import Type, union
from codegen.names import member_name
from codegen.spec import Json, Spec, reference_name


@attrs.frozen
class Parameter:
    """A parameter of the path or the query.

    Attributes:
        name: Its name in the method's signature.
        wire: Its name on the wire.
        type: The type that a method takes.
        default: Its default in the signature, as an expression; empty where it is required.
        help: What it means.
        documented_default: What the API takes where it is left out, as an expression; empty where nobody says so.
        example: An example, as an expression; empty where there is none.
        keyword: Whether it is a keyword argument.
        explode: Whether an array is sent as repeated parameters.
        json: Whether it is sent as JSON.
        day: Whether it is a date without a time.
        numbers: Whether items of digits are sent as JSON numbers.
        check: Its validator, as an expression.
    """

    name: str
    wire: str
    type: Type
    default: str
    help: str
    documented_default: str
    example: str
    keyword: bool
    explode: bool
    json: bool
    day: bool
    numbers: bool
    check: str

    @property
    def signature(self) -> str:
        """It in the method's signature."""
        type_ = self.type.optional if self.default == "None" else self.type
        return f"{self.name}: {type_}" + (f" = {self.default}" if self.default else "")


@attrs.frozen
class Body:
    """The body of a request.

    Attributes:
        type: Its type.
        required: Whether it must be given.
        models: The models that it may be, whose members can be given as keyword arguments instead.
        help: What it means.
        example: An example of the documents, as an expression; empty where there is none.
    """

    type: Type
    required: bool
    models: tuple[str, ...]
    help: str
    example: str

    @property
    def signature(self) -> str:
        """It in the method's signature."""
        return f"body: {self.type}" if self.required else f"body: {self.type.optional} = None"


def parameter_of(spec: Spec, parameter: Json, decided: Type, named: dict[str, Type]) -> Parameter:
    """A parameter.

    Args:
        spec: The spec.
        parameter: What it says of the parameter.
        decided: The type that was decided for it.
        named: The types that have a name of their own.
    """
    schema = schema_of(parameter)
    resolved = spec.resolve(schema)
    json = "schema" not in parameter
    type_ = decided.not_none.argument()
    if json and "str" not in type_.branches:  # JSON that a user has written
        type_ = union(*type_.branches, "str")
    default = ""
    if keyword := bool(parameter.get("x-keyword")):
        default = repr(resolved["default"])
    elif not parameter.get("required", False):
        default = "None"
    text = {**resolved, "description": parameter.get("description", schema.get("description", ""))}
    example = parameter.get("example", resolved.get("example"))
    return Parameter(
        name=member_name(parameter["name"]),
        wire=parameter["name"],
        type=type_,
        default=default,
        help=meaning(spec, text),
        documented_default=repr(resolved["default"]) if "default" in resolved else "",
        example="" if example is None else repr(example),
        keyword=keyword or parameter["in"] == "query",
        explode=parameter.get("explode", True),
        json=json,
        day=resolved.get("format") == "date",
        numbers=json and "integer" in resolved.get("items", {}).get("type", []),
        check=check(spec, schema, decided, named),
    )


def body_of(spec: Spec, operation: Json, types: dict[str, Type], *, taken: set[str]) -> Body | None:
    """The body of an operation; None where it takes none.

    Args:
        spec: The spec.
        operation: What it says of the operation.
        types: The types of its values, by place.
        taken: The names of its parameters.
    """
    if "requestBody" not in operation:
        return None
    body = spec.resolve(operation["requestBody"])
    required = body.get("required", False)
    models = _models(spec, content_of(spec, body) or {}) if required else ()
    if taken & {member_name(wire) for model in models for wire in spec.schemas[model].get("properties", {})}:
        models = ()  # a keyword can be one of the two only
    text = meaning(spec, {"description": body.get("description", "The body.")})
    if models:
        text = text.rstrip(".") + ", or its members as keyword arguments."
    return Body(types["body"].argument(), required, models, text, _example(spec, body))


def _example(spec: Spec, body: Json) -> str:
    """The first example of a body that contradicts nothing, or else the first; empty where there is none."""
    found = [spec.resolve(e) for m in body.get("content", {}).values() for e in m.get("examples", {}).values()]
    example = next((e for e in found if "x-note" not in e), next(iter(found), None))
    return "" if example is None else repr(example["value"])


def _models(spec: Spec, schema: Json) -> tuple[str, ...]:
    """The models that a body may be; empty where it is not an object."""
    if "$ref" not in schema:
        return ()
    resolved = spec.resolve(schema)
    branches = [branch for key in ("oneOf", "anyOf") for branch in resolved.get(key, []) if "$ref" in branch]
    if branches:
        return tuple(name for branch in branches for name in _models(spec, branch))
    return (reference_name(schema),) if "properties" in resolved else ()


def schema_of(parameter: Json) -> Json:
    """The schema of a parameter."""
    schema: Json = parameter["schema"] if "schema" in parameter else next(iter(parameter["content"].values()))["schema"]
    return schema


def content_of(spec: Spec, node: Json) -> Json | None:
    """The schema of a body or an answer."""
    content = spec.resolve(node).get("content", {})
    return next(iter(content.values()))["schema"] if content else None
