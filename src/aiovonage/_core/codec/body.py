"""The body of a request, from a model or from its members as keyword arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, get_args

from aiovonage._core.codec.model import Model
from aiovonage._core.codec.type_inspection import hints, is_literal
from aiovonage.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Mapping


class HasBody(Protocol):
    """The part of an `Operation` that is needed here. The operation itself stands above the codec."""

    @property
    def id(self) -> str: ...
    @property
    def body(self) -> tuple[type[Model], ...]: ...


def body_of(operation: HasBody, body: Any, members: Mapping[str, Any]) -> Any:
    """What to send.

    Args:
        operation: The operation, which names the models that its body may be.
        body: The body, where one is given.
        members: The members of a body, where these are given instead.

    Raises:
        TypeError: for both or neither, or for members that no model has.
        InvalidValue: for a body that is not a model of the operation, or for members that the spec does not admit.
    """
    if members:
        if body is not None:
            raise TypeError(f"{operation.id} takes a body or its members as keyword arguments, not both")
        return _model(operation, members)(**members)
    if body is None:
        raise TypeError(f"{operation.id} needs a body: {_expected(operation)}, or its members as keyword arguments")
    if isinstance(body, operation.body) or (isinstance(body, dict) and not isinstance(body, Model)):
        return body
    raise InvalidValue(operation.id, "body", type(body).__name__, f"must be {_expected(operation)}")


def _model(operation: HasBody, members: Mapping[str, Any]) -> Any:
    """Of several models the one whose constant is among the members; or else the one without a constant."""
    models: tuple[Any, ...] = operation.body
    if len(models) == 1:
        return models[0]
    constants = [name for model in models for name, hint in hints(model).items() if is_literal(hint)]
    names = list(dict.fromkeys(constants))
    for model in models:
        for name in names:
            hint = hints(model)[name]
            if is_literal(hint) and members.get(name) in get_args(hint):
                return model
    for model in models:
        if all(name in members and not is_literal(hints(model)[name]) for name in names):
            return model
    known = [value for model in models for name in names for value in get_args(hints(model)[name])]
    given = ", ".join(repr(members.get(name)) for name in names)
    bound = f"must be one of {', '.join(str(value) for value in known if isinstance(value, str))}"
    raise InvalidValue(operation.id, " or ".join(names), given, bound)


def _expected(operation: HasBody) -> str:
    return " or ".join(f"{model.__name__}(...)" for model in operation.body)
