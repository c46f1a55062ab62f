"""Decodes JSON into models and encodes them: a cattrs converter whose hooks are generated per class on first use.

Reading never fails because Vonage changed something: unknown members are kept in `extra`, and a scalar of another type
than the spec's is kept as received, and logged once per member. Only a body of the wrong shape is a `DecodeError`.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, overload

import attrs

from aiovonage._core.codec import json_text, scalars
from aiovonage._core.codec.null import Null
from aiovonage._core.codec.reader import compile_reader
from aiovonage._core.codec.record import Record
from aiovonage._core.codec.type_inspection import (
    ShapeError,
    branches,
    hints,
    is_enum,
    is_list,
    is_literal,
    is_map,
    is_model,
    is_nested,
    is_union,
    members,
    type_name,
    unexpected,
    wire_name,
)
from aiovonage._core.codec.writer import compile_writer
from aiovonage.errors import DecodeError, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cattrs import Converter

    from aiovonage._core.codec.type_inspection import Hook

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("aiovonage.codec")


class Codec:
    """Decodes and encodes models.

    Args:
        strict: Raise `DecodeError` for a scalar of another type than the spec's, instead of keeping it.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._reported_members: set[tuple[str, str]] = set()
        self._compiling: set[Any] = set()
        self._inexact = False  # whether a response had a float that may have been a large integer

    @cached_property
    def _converter(self) -> Converter:
        from cattrs import Converter  # imported on first use, because it is slow to import

        converter = Converter()
        read = converter.register_structure_hook_factory
        read(lambda _: True, lambda _: _keep)
        for scalar in (str, int, float, bool, date, datetime):  # cattrs would convert them into each other
            converter.register_structure_hook(scalar, _keep)
        read(is_list, self._list_hook)
        read(is_map, self._map_hook)
        read(is_union, self._union_hook)
        read(is_model, self._model_hook)
        write = converter.register_unstructure_hook
        converter.register_unstructure_hook_factory(is_model, self._writer_hook)
        write(datetime, scalars.write_datetime)
        write(date, scalars.write_date)
        write(Null, lambda _: None)
        by_class = converter.register_unstructure_hook_func
        # A Page or PartialResult wraps a response. They are not imported here, since they stand above the codec.
        by_class(lambda cls: hasattr(cls, "_json_source"), lambda wrapper: self.encode(wrapper._json_source))
        write(StrEnum, _enum_value)
        return converter

    @cached_property
    def _json(self) -> ModuleType:
        import orjson

        return orjson

    def decode(self, type_: Any, value: Any) -> Any:
        """Decode a JSON value into an instance of the type.

        Raises:
            DecodeError: if it has the wrong shape; its `path` says where.
        """
        try:
            return self.hook(type_)(value, type_)
        except ShapeError as error:
            raise DecodeError(f"{error} at {error.pointer or 'the top'}", path=error.pointer) from None
        except RecursionError:
            raise DecodeError("the value is nested too deeply") from None

    def decode_bytes(self, type_: Any, body: bytes) -> Any:
        """Decode a JSON body into an instance of the type.

        Raises:
            DecodeError: if it is not valid JSON, or has the wrong shape; it has the path and the bytes.
        """
        try:
            careful = self._inexact
            decoded = self.decode(type_, json_text.loads(body) if careful else self._loads(body))
            if self._inexact and not careful:  # this response, or one in another thread, has large integers
                decoded = self.decode(type_, json_text.loads(body))
            return decoded  # noqa: TRY300
        except json_text.NotJSON as error:
            raise DecodeError(f"the body is not valid JSON: {error}", body=body) from None
        except DecodeError as error:
            error.body = body
            raise

    def _loads(self, body: bytes) -> Any:
        """Parse a body quickly. Integers of more than 64 bits may be inexact."""
        try:
            return self._json.loads(body)
        except self._json.JSONDecodeError:
            return json_text.loads(body)

    def encode(self, value: Any) -> Any:
        """Encode a model, a page, or a list or map of models as a JSON value with the names on the wire."""
        try:
            return self._converter.unstructure(value)
        except RecursionError:
            pass
        raise InvalidValue(
            type(value).__name__, "body", "one that is nested too deeply", "must be a value that JSON has"
        )

    def encode_bytes(self, value: Any) -> bytes:
        """Encode a model, or a list or map of models, as a JSON body.

        Raises:
            InvalidValue: if JSON cannot represent a value, such as NaN; it names the model and the member.
        """
        try:
            ready = self._converter.unstructure(value)
            body: bytes = self._json.dumps(ready)
            if b"null" in body:
                json_text.check(ready)
            return body  # noqa: TRY300
        except (TypeError, RecursionError):
            return self._unusual_bytes(value)
        except json_text.NotSendable as error:
            raise _invalid(value, error) from None

    def _unusual_bytes(self, value: Any) -> bytes:
        try:
            return json_text.dumps(self.encode(value))
        except json_text.NotSendable as error:
            raise _invalid(value, error) from None

    def hook(self, type_: Any) -> Hook:
        """The function that reads values of a type."""
        if type_ in self._compiling:  # models that refer to each other
            return lambda value, _: self._converter.get_structure_hook(type_)(value, type_)
        return self._converter.get_structure_hook(type_)

    def keep_unexpected(self, owner: str, member: str, expected: str, value: Any) -> Any:
        """Keep a scalar of another type than the spec's, and log it once per member; raise if strict."""
        self.look_at(value)
        if self._strict:
            error = ShapeError(f"{expected} is expected, not {type(value).__name__}")
            error.path.append(member)
            raise error
        if (owner, member) not in self._reported_members:
            self._reported_members.add((owner, member))
            logger.warning("%s.%s is not %s but %s: kept as received", owner, member, expected, type(value).__name__)
        return value

    def look_at(self, value: Any) -> None:
        """Note numbers that may not have been read exactly, in values that the spec does not describe."""
        if value.__class__ in _MAY_BE_INEXACT and json_text.may_be_inexact(value):
            self._inexact = True

    def missing(self, owner: str, member: str) -> None:
        """Log once per member that a required member is missing; raise if strict."""
        if self._strict:
            raise ShapeError(f"the required member {member} is missing")
        if (owner, member) not in self._reported_members:
            self._reported_members.add((owner, member))
            logger.warning("%s.%s is missing although the document marks it as required: read as None", owner, member)

    def _model_hook(self, cls: type[Record]) -> Hook:
        self._compiling.add(cls)
        try:
            return compile_reader(cls, self.hook, self.keep_unexpected, self.missing, self.look_at)
        finally:
            self._compiling.discard(cls)

    def _writer_hook(self, cls: type[Record]) -> Callable[[Any], dict[str, Any]]:
        self._compiling.add(cls)
        try:
            return compile_writer(cls, self._converter.unstructure, self._writer_of)
        finally:
            self._compiling.discard(cls)

    def _writer_of(self, cls: type[Record]) -> Callable[[Any], Any]:
        if cls in self._compiling:  # models that refer to each other
            return self._converter.unstructure
        writer: Callable[[Any], Any] = self._converter.get_unstructure_hook(cls)
        return writer

    def _list_hook(self, type_: Any) -> Hook:
        (item,) = get_args(type_)
        hook = self.hook(item)

        def read_list(value: Any, _: Any) -> list[Any]:
            if value.__class__ is not list:
                raise unexpected("an array", value)
            if hook is _keep:
                self.look_at(value)
                return list(value)
            try:
                return [hook(element, item) for element in value]
            except ShapeError:
                return _read_again(value)

        def _read_again(value: list[Any]) -> list[Any]:
            """Read element by element, to find the one that fails."""
            done: list[Any] = []
            for index, element in enumerate(value):
                try:
                    done.append(hook(element, item))
                except ShapeError as error:
                    error.path.insert(0, index)
                    raise
            return done

        return read_list

    def _map_hook(self, type_: Any) -> Hook:
        _, item = get_args(type_)
        hook = self.hook(item)

        def read_map(value: Any, _: Any) -> dict[str, Any]:
            if value.__class__ is not dict:
                raise unexpected("an object", value)
            if hook is _keep:
                self.look_at(value)
                return dict(value)
            done: dict[str, Any] = {}
            for key, element in value.items():
                try:
                    done[key] = hook(element, item)
                except ShapeError as error:
                    error.path.insert(0, key)
                    raise
            return done

        return read_map

    def _union_hook(self, type_: Any) -> Hook:
        admitted = branches(type_)
        models = [b for b in admitted if is_model(b)]
        by_origin: dict[Any, Hook] = {get_origin(b): self.hook(b) for b in admitted if is_list(b) or is_map(b)}
        discriminator, by_value = _discriminator(models)
        enums = {member.value: member for b in admitted if is_enum(b) for member in b}
        scalars = any(not is_nested(b) for b in admitted)

        def read_union(value: Any, _: Any) -> Any:
            if value.__class__ is dict and models:
                kind = value.get(discriminator)
                named = by_value.get(kind) if kind.__class__ is str else None
                return self._read_first([named] if named else [], models, value)
            if value.__class__ in by_origin:
                return by_origin[value.__class__](value, None)
            if value is None or scalars:
                return enums.get(value, value) if value.__class__ is str else value
            raise unexpected(" or ".join(map(type_name, admitted)), value)

        return read_union

    def _read_first(self, named: list[Any], models: list[Any], value: Any) -> Any:
        """Decode as the model that the discriminator names, or else as the first model that fits, since the documents'
        own examples contradict the discriminator. Models whose required members are all present are tried first.
        """
        first_error: ShapeError | None = None
        whole = [model for model in models if _required(model) <= value.keys()]
        for model in dict.fromkeys([*named, *whole, *models]):
            try:
                return self.hook(model)(value, model)
            except ShapeError as error:
                first_error = first_error or error
        raise first_error or ShapeError("no model of the union fits")


def _discriminator(models: list[Any]) -> tuple[str, dict[Any, Any]]:
    """The discriminator of a union: its name on the wire, and the model for each value. One model may have no constant,
    for values that the spec does not know.
    """
    constants = [
        {wire_name(a): get_args(hints(m)[a.name]) for a in members(m) if is_literal(hints(m)[a.name])} for m in models
    ]
    for name in sorted(set[str]().union(*constants)):
        if sum(name in c for c in constants) >= len(models) - 1:
            return name, {v: model for model, c in zip(models, constants, strict=True) for v in c.get(name, ())}
    return "", {}


_MAY_BE_INEXACT = frozenset({float, list, dict})


def _invalid(value: Any, error: json_text.NotSendable) -> InvalidValue:
    """The error for a value that cannot be sent."""
    member = "/".join(map(str, error.path)) or "body"
    return InvalidValue(type(value).__name__, member, error.value, "must be a value that JSON has")


@cache
def _required(model: Any) -> frozenset[str]:
    """The members that are required, by their names on the wire."""
    return frozenset(wire_name(a) for a in members(model) if a.default is attrs.NOTHING)


def _keep(value: Any, _: Any) -> Any:
    return value


def _enum_value(member: StrEnum) -> str:
    return member.value


@cache
def default_codec() -> Codec:
    """The lenient codec of `encode` and `decode`."""
    return Codec()


@overload
def decode(model: type[T], value: Any) -> T: ...
@overload
def decode(model: Any, value: Any) -> Any: ...
def decode(model: Any, value: Any) -> Any:
    """Decode a JSON value, with the names on the wire, into a model, as the client does with a response.

    Args:
        model: A model class, a union of them, or a list of one of these.
        value: The decoded JSON.

    Raises:
        DecodeError: if it has the wrong shape; its `path` says where.
    """
    return default_codec().decode(model, value)


def encode(model: Any) -> Any:
    """Encode a model as the JSON value that the client sends, with the names on the wire. Members that are None are
    left out.
    """
    return default_codec().encode(model)
