"""The operations of a spec, as the template of `endpoints.py` needs them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import attrs

from codegen.names import member_name
from codegen.params import params_class
from codegen.schemas import check, docstring, wrapped
from codegen.spec import Json, Spec, pascal, reference_name

_PHRASED = frozenset(map(int, HTTPStatus))
IDEMPOTENT = {"get", "put", "delete"}
FORM = "application/x-www-form-urlencoded"
ERRORS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    422: "UnprocessableContent",
    429: "RateLimited",
}


@attrs.frozen
class Argument:
    """A parameter of a method.

    Attributes:
        name: Its name.
        wire: Its name on the wire.
        annotation: Its type, as an expression.
        default: Its default, as an expression; empty where it is required.
        doc: What it means.
        explode: Whether an array is sent as repeated parameters.
        json: Whether it is sent as JSON.
        day: Whether it is a date without a time.
        numbers: Whether items of digits are sent as JSON numbers.
        check: Its validator, as an expression.
        models: For a body, the models that it may be, whose members can be given as keyword arguments instead.
    """

    name: str
    wire: str
    annotation: str
    default: str
    doc: str
    explode: bool = True
    json: bool = False
    day: bool = False
    numbers: bool = False
    check: str = ""
    models: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """It in the method's signature."""
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default else "")


@attrs.frozen
class Endpoint:
    """An operation with its method."""

    name: str
    namespace: str
    method: str
    host: str
    path: tuple[str, ...]
    positional: tuple[Argument, ...]
    path_arguments: tuple[Argument, ...]
    query: tuple[Argument, ...]
    body: Argument | None
    keywords: tuple[Argument, ...]
    security: tuple[str, ...]
    success: dict[int, str]
    statuses: tuple[int, ...]
    accept: str
    idempotent: bool
    form: bool
    returns: str
    pagination: str
    partial: str
    rate: float | None
    deprecated: bool
    summary: str
    doc: str

    @property
    def constant(self) -> str:
        """The name of the `Operation`."""
        return self.name.upper()

    @property
    def gives(self) -> str:
        """What a call gives: of a list the first page."""
        return self.returns.replace("Pager[", "Page[")

    @property
    def signature(self) -> str:
        """All parameters of the method."""
        return self._signature([a.signature for a in self.positional])

    @property
    def signatures(self) -> list[str]:
        """The parameters of each way to call the method: with the body as a whole, or with its members."""
        if self.body is None or not self.body.models:
            return [self.signature]
        rest = [a.signature for a in self.positional if a is not self.body]
        members = [f"**members: Unpack[{params_class(model)}]" for model in self.body.models]
        return [self.signature, *(self._signature(rest, unpacked) for unpacked in members)]

    @property
    def implementation(self) -> str:
        """The parameters of the method that does all of that."""
        rest = [a.signature for a in self.positional if a is not self.body]
        assert self.body is not None
        return self._signature([*rest, f"body: {self.body.annotation} | None = None"], "**members: Any")

    def _signature(self, positional: list[str], members: str = "") -> str:
        keywords = [argument.signature for argument in self.keywords]
        parts = ["self", *positional, *(["*", *keywords] if keywords else []), *([members] if members else [])]
        return ", ".join(parts)


def endpoints(spec: Spec) -> list[Endpoint]:
    """All operations of a spec, in its order."""
    return [_endpoint(spec, path, method, operation) for path, method, operation in spec.operations()]


def namespaces(spec: Spec) -> dict[str, str]:
    """The namespaces of a spec and their descriptions."""
    return {tag["name"]: " ".join(tag["description"].split()) for tag in spec.data.get("tags", [])}


def namespace_class(namespace: str) -> str:
    """The class of a namespace."""
    return pascal(namespace)


def _endpoint(spec: Spec, path: str, method: str, operation: Json) -> Endpoint:
    parameters = [spec.resolve(parameter) for parameter in operation.get("parameters", [])]
    in_path = tuple(_argument(spec, p) for p in parameters if p["in"] == "path")
    positional = [_argument(spec, p) for p in parameters if p["in"] == "path" and not p.get("x-keyword")]
    query = tuple(_argument(spec, p) for p in parameters if p["in"] == "query")
    keywords = query + tuple(_argument(spec, p) for p in parameters if p["in"] == "path" and p.get("x-keyword"))
    body = _body(spec, operation)
    if body is not None:
        names = {argument.name for argument in (*in_path, *query)}
        members = {member_name(w) for m in body.models for w in spec.schemas[m].get("properties", {})}
        if names & members:  # a keyword can be one of the two only
            body = attrs.evolve(body, models=(), doc=body.doc.replace("; or its members as keyword arguments", ""))
        positional.append(body)
    successes = _successes(spec, operation)
    pagination = operation.get("x-pagination")
    partial = operation.get("x-partial-success")
    answers = {status: _annotation(spec, schema) if schema else "None" for status, schema in successes.items()}
    if pagination:
        schema = next(schema for schema in successes.values() if schema is not None)
        returns = f"Pager[{_annotation(spec, _items_schema(spec, schema, pagination['items']))}]"
    elif partial:
        returns = "PartialResult"
    else:
        returns = " | ".join(dict.fromkeys(answers.values()))
    limit: Json = operation.get("x-rate-limit") or spec.data.get("x-rate-limit") or {}
    return Endpoint(
        name=operation["operationId"],
        namespace=operation["tags"][0],
        method=method.upper(),
        host=operation.get("x-host", spec.data["servers"][0]["url"]),
        path=_literals(path, in_path),
        positional=tuple(positional),
        path_arguments=in_path,
        query=query,
        body=body,
        keywords=keywords,
        security=tuple(next(iter(alternative)) for alternative in operation["security"]),
        success=answers,
        statuses=tuple(sorted(int(status) for status in operation["responses"] if str(status).isdecimal())),
        accept=_accept(spec, operation),
        idempotent=operation.get("x-idempotent", method in IDEMPOTENT),
        form=FORM in spec.resolve(operation.get("requestBody", {})).get("content", {}),
        returns=returns,
        pagination=_pagination(spec, pagination, parameters) if pagination else "",
        partial=_partial(partial) if partial else "",
        rate=limit.get("requests_per_second"),
        deprecated=operation.get("deprecated", False),
        summary=operation["summary"].rstrip(".") + ".",
        doc=_doc(spec, operation, [*positional, *keywords]),
    )


def _literals(path: str, arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    literals = []
    for argument in arguments:
        literal, found, path = path.partition(f"{{{argument.wire}}}")
        if not found:
            raise ValueError(f"the path has no {{{argument.wire}}}")
        literals.append(literal)
    return (*literals, path)


def _argument(spec: Spec, parameter: Json) -> Argument:
    schema = parameter.get("schema")
    json = schema is None
    if schema is None:
        schema = next(iter(parameter["content"].values()))["schema"]
    required = parameter.get("required", False)
    default = ""
    if parameter.get("x-keyword"):
        default = repr(spec.resolve(schema)["default"])
    elif not required:
        default = "None"
    annotation = _annotation(spec, schema, argument=True)
    if json and "str" not in annotation.split(" | "):
        annotation += " | str"
    return Argument(
        name=member_name(parameter["name"]),
        wire=parameter["name"],
        annotation=f"{annotation} | None" if default == "None" else annotation,
        default=default,
        doc=_meaning(spec, parameter, schema),
        explode=parameter.get("explode", True),
        json=json,
        day=spec.resolve(schema).get("format") == "date",
        numbers=json and "integer" in spec.resolve(schema).get("items", {}).get("type", []),
        check=check(spec, schema),
    )


def _meaning(spec: Spec, parameter: Json, schema: Json) -> str:
    described = {**spec.resolve(schema), "description": parameter.get("description", schema.get("description", ""))}
    return " ".join(docstring(spec, described, indent=0).split())


def _body(spec: Spec, operation: Json) -> Argument | None:
    if "requestBody" not in operation:
        return None
    body = spec.resolve(operation["requestBody"])
    schema = next(iter(body["content"].values()))["schema"]
    doc = " ".join(docstring(spec, {"description": body.get("description", "What to send.")}, indent=0).split())
    annotation = _annotation(spec, schema, argument=True)
    if body.get("required", False):
        models = _models(spec, schema)
        if models:
            doc = doc.rstrip(".") + "; or its members as keyword arguments."
        return Argument("body", "", annotation, "", doc, models=models)
    return Argument("body", "", f"{annotation} | None", "None", doc)


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
    partial = operation.get("x-partial-success", {}).get("statuses", [])
    found: dict[int, Json | None] = {}
    for status, response in operation["responses"].items():
        if str(status).startswith("2") or (str(status).isdecimal() and int(status) in partial):
            content = spec.resolve(response).get("content", {})
            found[int(status)] = next(iter(content.values()))["schema"] if content else None
    return found


def _accept(spec: Spec, operation: Json) -> str:
    types: dict[str, None] = {}
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            types.update(dict.fromkeys(spec.resolve(response).get("content", {})))
    return ", ".join(types) or "application/json"


def _annotation(spec: Spec, schema: Json, *, argument: bool = False) -> str:
    """The type of a value, as an expression; for an argument the widest that can be sent."""
    if "$ref" in schema:
        name = reference_name(schema)
        resolved = spec.resolve(schema)
        return f"{name} | {'int' if resolved.get('type') == 'integer' else 'str'}" if "enum" in resolved else name
    types = schema.get("type")
    if types == "array":
        item = _annotation(spec, schema["items"], argument=argument)
        return f"Sequence[{item}]" if argument else f"list[{item}]"
    if types == "object" or schema == {}:
        return "dict[str, Any]" if types else "Any"
    if schema.get("format") == "date":
        return "date | str" if argument else "date"
    if schema.get("format") in {"date-time", "date-time-local"}:
        return "datetime | str" if argument else "datetime"
    names = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
    if "x-type" in schema:
        types = schema["x-type"]
    return " | ".join(names[t] for t in (types if isinstance(types, list) else [types])) if types else "Any"


def _items_schema(spec: Spec, schema: Json, pointer: str) -> Json:
    """The schema of a list's items, by the pointer to the list."""
    for part in pointer.split("/")[1:]:
        schema = spec.resolve(schema)
        schema = schema["items"] if part == "*" or part.isdecimal() else schema["properties"][part]
    items: Json = spec.resolve(schema)["items"]
    return items


def _pagination(spec: Spec, pagination: Json, parameters: list[Json]) -> str:
    style = pagination["style"]
    arguments = [f"style={style!r}", f"items={_attributes(pagination['items'])!r}"]
    if style != "whole":
        wire = pagination.get("parameter", "page")
        if wire not in {parameter["name"] for parameter in parameters}:
            raise ValueError(f"x-pagination names the parameter {wire}, which the operation does not have")
        arguments += [f"parameter={member_name(wire)!r}", f"wire={wire!r}"]
    if "first" in pagination:
        arguments.append(f"first={pagination['first']}")
    size = pagination.get("size", "page_size")
    if size != "page_size":
        arguments.append(f"size={member_name(size)!r}")
    sizes = [p["schema"] for p in parameters if member_name(p["name"]) == member_name(size)]
    if sizes and "default" in spec.resolve(sizes[0]):
        arguments.append(f"page_size={spec.resolve(sizes[0])['default']}")
    arguments += [f"{key}={_attributes(pagination[key])!r}" for key in ("next", "after") if key in pagination]
    return f"Pagination({', '.join(arguments)})"


def _attributes(pointer: str) -> tuple[str, ...]:
    return tuple(part if part == "*" else member_name(part) for part in pointer.split("/")[1:])


def _partial(partial: Json) -> str:
    items = member_name(partial["items"].removeprefix("/"))
    return f"PartialSuccess(items={items!r}, statuses=frozenset({sorted(partial['statuses'])!r}))"


def _doc(spec: Spec, operation: Json, arguments: list[Argument]) -> str:
    """The method's docstring: what it does, its arguments, the documented errors, and where it is documented."""
    sections = [operation["summary"].rstrip(".") + "."]
    description = " ".join(operation.get("description", "").split())
    if description:
        sections.append(wrapped(description, indent=8).rstrip())
    if operation.get("deprecated"):
        sections.append("Deprecated at Vonage.")
    if arguments:
        sections.append(section("Args", [f"{a.name}: {a.doc}" for a in arguments]))
    if raised := _raises(spec, operation):
        sections.append(section("Raises", raised))
    if "x-spec" in operation:
        sections.append(f"Source: {operation['x-spec']}.")
    elif source := operation.get("x-source"):
        first, last = source["lines"]
        sections.append(f"Source: {source['document']}, lines {first} to {last}.")
    else:
        sections.append(
            wrapped(f"Source: not in the documents ({operation.get('x-inferred', 'inferred')}).", indent=8).rstrip()
        )
    return "\n\n        ".join(sections) + "\n        "


def section(title: str, entries: list[str]) -> str:
    """A section of a docstring."""
    lines = [wrapped(entry, indent=16).rstrip().replace("\n" + " " * 16, "\n" + " " * 16) for entry in entries]
    return f"{title}:\n" + "\n".join(f"            {line}" for line in lines)


def _raises(spec: Spec, operation: Json) -> list[str]:
    partial = operation.get("x-partial-success", {}).get("statuses", [])
    raised = []
    for status, response in operation["responses"].items():
        if not str(status).isdecimal() or int(status) < 400 or int(status) in partial:
            continue
        codes = [code for example in _examples(spec, response) if (code := _code(example))]
        text = ", ".join(f"`{code}`" for code in dict.fromkeys(codes)) or spec.resolve(response)["description"]
        name = ERRORS.get(int(status), "ServerError" if int(status) >= 500 else "APIError")
        phrase = HTTPStatus(int(status)).phrase if int(status) in _PHRASED else ""
        raised.append(f"{name}: {status} {phrase}".rstrip() + f": {' '.join(text.split())}")
    return raised


def _examples(spec: Spec, response: Json) -> list[Any]:
    return [
        spec.resolve(example).get("value")
        for media in spec.resolve(response).get("content", {}).values()
        for example in media.get("examples", {}).values()
    ]


def _code(example: Any) -> str | None:
    kind = example.get("type") if isinstance(example, dict) else None
    return kind.rpartition("#")[2] if isinstance(kind, str) else None
