"""The operations of a spec, each with its parameters, its body and what it gives."""

from __future__ import annotations

import attrs

from codegen.ir.checks import check
from codegen.ir.documentation import documentation
from codegen.ir.models import Enum, Model, Union
from codegen.ir.pages import pagination, partial_success
from codegen.ir.text import meaning
from codegen.ir.types import Type, union
from codegen.names import member_name
from codegen.spec import Json, Spec, reference_name

IDEMPOTENT = {"get", "put", "delete"}
"""What RFC 9110 says (9.2.2), of the methods that there are."""
FORM = "application/x-www-form-urlencoded"

Classes = dict[str, Model | Enum | Union]


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
        example: The documents' first example, as an expression; empty where there is none.
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


@attrs.frozen(kw_only=True)
class Operation:
    """An operation.

    Attributes:
        name: The name of its method.
        constant: The name of its `Operation` in the generated code.
        namespace: Its namespace.
        method: The HTTP method.
        host: Scheme and host.
        path: The path's literal parts, between which the path parameters go.
        path_parameters: The path parameters, in order.
        query: The query parameters.
        body: The body; None where it takes none.
        security: The schemes that it takes, strongest first.
        success: The types of its answers by status.
        statuses: All documented statuses.
        accept: The `Accept` header.
        idempotent: Whether sending it twice has the effect of sending it once.
        form: Whether the body goes as a form.
        gives: What a call gives; of a list its first page.
        item: The type of a list's items; None where it is no list.
        pagination: How a list goes on, as an expression.
        partial: Where the answer speaks of each item, as an expression.
        rate: The documented rate limit; None where there is none.
        summary: What it does, in a line.
        description: What else there is to know.
        doc: The docstring of its method.
    """

    name: str
    constant: str
    namespace: str
    method: str
    host: str
    path: tuple[str, ...]
    path_parameters: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    body: Body | None
    security: tuple[str, ...]
    success: dict[int, Type]
    statuses: tuple[int, ...]
    accept: str
    idempotent: bool
    form: bool
    gives: Type
    item: Type | None
    pagination: str
    partial: str
    rate: float | None
    summary: str
    description: str
    doc: str

    @property
    def returns(self) -> Type:
        """What its method returns."""
        return self.gives if self.item is None else Type(f"Pager[{self.item}]")

    @property
    def positional(self) -> list[Parameter]:
        """The parameters that are given by position."""
        return [parameter for parameter in self.path_parameters if not parameter.keyword]

    @property
    def keywords(self) -> list[Parameter]:
        """The parameters that are given by name."""
        return [*self.query, *(parameter for parameter in self.path_parameters if parameter.keyword)]


def places_of(spec: Spec, operation: Json) -> dict[str, Json]:
    """The schemas of all values that an operation takes or gives, by place."""
    parameters = [spec.resolve(parameter) for parameter in operation.get("parameters", [])]
    places = {f"{p['in']} {p['name']}": _schema(p) for p in parameters}
    if "requestBody" in operation:
        places["body"] = _content(spec, operation["requestBody"]) or {}
    answers = {f"status {status}": schema for status, schema in _successes(spec, operation).items()}
    return places | {place: schema for place, schema in answers.items() if schema is not None}


def operation_of(
    spec: Spec, path: str, method: str, operation: Json, types: dict[str, Type], classes: Classes
) -> Operation:
    """One operation.

    Args:
        spec: The spec.
        path: Its path.
        method: Its method.
        operation: What the spec says of it.
        types: The types of its values, by place.
        classes: The classes of this spec and of those that it refers to.
    """
    given = [spec.resolve(parameter) for parameter in operation.get("parameters", [])]
    named = {class_.name: class_.type for class_ in classes.values() if isinstance(class_, Union)}
    parameters = {(p["in"], p["name"]): _parameter(spec, p, types[f"{p['in']} {p['name']}"], named) for p in given}
    in_path = tuple(parameter for (where, _), parameter in parameters.items() if where == "path")
    query = tuple(parameter for (where, _), parameter in parameters.items() if where == "query")
    body = _body(spec, operation, types, taken={parameter.name for parameter in parameters.values()})
    success = {
        status: types[f"status {status}"] if schema is not None else Type("None")
        for status, schema in _successes(spec, operation).items()
    }
    gives, item = union(*(branch for type_ in success.values() for branch in type_.branches)), None
    if pages := operation.get("x-pagination"):
        item = _item(classes, next(type_ for type_ in success.values() if type_.text != "None"), pages["items"])
        gives = Type(f"Page[{item}]")
    elif "x-partial-success" in operation:
        gives = Type("PartialResult")
    limit: Json = operation.get("x-rate-limit") or spec.data.get("x-rate-limit") or {}
    name = operation["operationId"]
    arguments = [(p.name, p.help) for p in in_path if not p.keyword]
    arguments += [("body", body.help)] if body else []
    arguments += [(p.name, p.help) for p in (*query, *(p for p in in_path if p.keyword))]
    return Operation(
        name=name,
        constant=name.upper(),
        namespace=operation["tags"][0],
        method=method.upper(),
        host=operation.get("x-host", spec.data["servers"][0]["url"]),
        path=_literals(path, in_path),
        path_parameters=in_path,
        query=query,
        body=body,
        security=tuple(next(iter(alternative)) for alternative in operation["security"]),
        success=success,
        statuses=tuple(sorted(int(status) for status in operation["responses"] if str(status).isdecimal())),
        accept=_accept(spec, operation),
        idempotent=operation.get("x-idempotent", method in IDEMPOTENT),
        form=FORM in spec.resolve(operation.get("requestBody", {})).get("content", {}),
        gives=gives,
        item=item,
        pagination=pagination(spec, pages, given) if pages else "",
        partial=partial_success(operation["x-partial-success"]) if "x-partial-success" in operation else "",
        rate=limit.get("requests_per_second"),
        summary=operation["summary"].rstrip(".") + ".",
        description=" ".join(operation.get("description", "").split()),
        doc=documentation(spec, operation, arguments),
    )


def _parameter(spec: Spec, parameter: Json, decided: Type, named: dict[str, Type]) -> Parameter:
    schema = _schema(parameter)
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


def _body(spec: Spec, operation: Json, types: dict[str, Type], *, taken: set[str]) -> Body | None:
    if "requestBody" not in operation:
        return None
    body = spec.resolve(operation["requestBody"])
    required = body.get("required", False)
    models = _models(spec, _content(spec, body) or {}) if required else ()
    if taken & {member_name(wire) for model in models for wire in spec.schemas[model].get("properties", {})}:
        models = ()  # a keyword can be one of the two only
    text = meaning(spec, {"description": body.get("description", "What to send.")})
    if models:
        text = text.rstrip(".") + "; or its members as keyword arguments."
    examples = [e for media in body.get("content", {}).values() for e in media.get("examples", {}).values()]
    example = repr(spec.resolve(examples[0])["value"]) if examples else ""
    return Body(types["body"].argument(), required, models, text, example)


def _models(spec: Spec, schema: Json) -> tuple[str, ...]:
    """The models that a body may be; empty where it is not an object."""
    if "$ref" not in schema:
        return ()
    resolved = spec.resolve(schema)
    branches = [branch for key in ("oneOf", "anyOf") for branch in resolved.get(key, []) if "$ref" in branch]
    if branches:
        return tuple(name for branch in branches for name in _models(spec, branch))
    return (reference_name(schema),) if "properties" in resolved else ()


def _successes(spec: Spec, operation: Json) -> dict[int, Json | None]:
    """The schemas of the answers that are no errors; None for one without a body."""
    partial = operation.get("x-partial-success", {}).get("statuses", [])
    return {
        int(status): _content(spec, response)
        for status, response in operation["responses"].items()
        if str(status).startswith("2") or (str(status).isdecimal() and int(status) in partial)
    }


def _schema(parameter: Json) -> Json:
    schema: Json = parameter["schema"] if "schema" in parameter else next(iter(parameter["content"].values()))["schema"]
    return schema


def _content(spec: Spec, node: Json) -> Json | None:
    """The schema of a body or an answer."""
    content = spec.resolve(node).get("content", {})
    return next(iter(content.values()))["schema"] if content else None


def _item(classes: Classes, type_: Type, pointer: str) -> Type:
    """The type of a list's items, by the pointer to the list in its envelope."""
    for part in pointer.split("/")[1:]:
        if part == "*" or part.isdecimal():
            type_ = type_.item
            continue
        class_ = classes[type_.not_none.text]
        assert isinstance(class_, Model)
        type_ = class_.members[part].type
    whole = classes.get(type_.not_none.text)
    return whole.type.item if isinstance(whole, Union) else type_.item


def _literals(path: str, parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    literals = []
    for parameter in parameters:
        literal, found, path = path.partition(f"{{{parameter.wire}}}")
        if not found:
            raise ValueError(f"the path has no {{{parameter.wire}}}")
        literals.append(literal)
    return (*literals, path)


def _accept(spec: Spec, operation: Json) -> str:
    types: dict[str, None] = {}
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            types.update(dict.fromkeys(spec.resolve(response).get("content", {})))
    return ", ".join(types) or "application/json"
