"""The operations of a spec, each with its parameters, its body and what it gives."""

from __future__ import annotations

import attrs

from codegen.ir.documentation import documentation
from codegen.ir.models import Enum, Model, Union
from codegen.ir.pages import pagination, partial_success
from codegen.ir.parameters import Body, Parameter, body_of, content_of, parameter_of, schema_of
from codegen.ir.types import Type, union
from codegen.spec import Json, Spec

IDEMPOTENT = {"get", "put", "delete"}
"""What RFC 9110 says (9.2.2), of the methods that there are."""
FORM = "application/x-www-form-urlencoded"

Classes = dict[str, Model | Enum | Union]


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
        item: The type of a list's items; None where it is not a list.
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
    places = {f"{p['in']} {p['name']}": schema_of(p) for p in parameters}
    if "requestBody" in operation:
        places["body"] = content_of(spec, operation["requestBody"]) or {}
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
    parameters = {(p["in"], p["name"]): parameter_of(spec, p, types[f"{p['in']} {p['name']}"], named) for p in given}
    in_path = tuple(parameter for (where, _), parameter in parameters.items() if where == "path")
    query = tuple(parameter for (where, _), parameter in parameters.items() if where == "query")
    body = body_of(spec, operation, types, taken={parameter.name for parameter in parameters.values()})
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


def _successes(spec: Spec, operation: Json) -> dict[int, Json | None]:
    """The schemas of the successful responses; None for one without a body."""
    partial = operation.get("x-partial-success", {}).get("statuses", [])
    return {
        int(status): content_of(spec, response)
        for status, response in operation["responses"].items()
        if str(status).startswith("2") or (str(status).isdecimal() and int(status) in partial)
    }


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
