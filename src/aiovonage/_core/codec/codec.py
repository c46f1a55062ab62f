"""Decodes JSON into models and encodes them: a cattrs converter whose hooks are generated per class on first use.

Much data of one type is read and written through msgspec's Structs (`fast_path.py`), with the same result.

Reading never fails because Vonage changed something: unknown members are kept in `extra`, and a scalar of another type
than the spec's is kept as received, and logged once per member. Only a body of the wrong shape is a `DecodeError`.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar, overload

from aiovonage._core.codec import json_text, scalars
from aiovonage._core.codec.collector import LARGE, paused_collector
from aiovonage._core.codec.fast_path import UNDONE, WARM, FastPath
from aiovonage._core.codec.nested_hooks import keep, list_hook, map_hook, union_hook
from aiovonage._core.codec.null import Null
from aiovonage._core.codec.reader import compile_reader
from aiovonage._core.codec.record import Record
from aiovonage._core.codec.type_inspection import (
    ShapeError,
    is_list,
    is_map,
    is_model,
    is_union,
)
from aiovonage._core.codec.unknown_members import UnknownMembers
from aiovonage._core.codec.writer import compile_writer
from aiovonage.errors import DecodeError, InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from cattrs import Converter

    from aiovonage._core.codec.struct_reader import StructReader
    from aiovonage._core.codec.struct_writer import StructWriters
    from aiovonage._core.codec.type_inspection import Hook

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("aiovonage.codec")


class Codec:
    """Decodes and encodes models.

    Args:
        strict: Raise `DecodeError` for a scalar of another type than the spec's, instead of keeping it.
        warm: After how many bytes of a type the fast path is taken for it.
    """

    def __init__(self, *, strict: bool = False, warm: int = WARM) -> None:
        self._strict = strict
        self._unknown = UnknownMembers()
        self._read_fast = FastPath(self.struct_reader, warm)
        self._write_fast = FastPath(self._struct_writer, warm)
        self._reported_members: set[tuple[str, str]] = set()
        self._compiling: set[Any] = set()
        self._hooks: dict[Any, Hook] = {}  # cattrs's own lookup takes as long as to read a small body
        self._inexact = False  # whether a response had a float that may have been a large integer

    @cached_property
    def _converter(self) -> Converter:
        from cattrs import Converter  # imported on first use, because it is slow to import

        converter = Converter()
        read = converter.register_structure_hook_factory
        read(lambda _: True, lambda _: keep)
        for scalar in (str, int, float, bool, date, datetime):  # cattrs would convert them into each other
            converter.register_structure_hook(scalar, keep)
        read(is_list, lambda type_: list_hook(type_, self.hook, self.look_at))
        read(is_map, lambda type_: map_hook(type_, self.hook, self.look_at))
        read(is_union, lambda type_: union_hook(type_, self.hook))
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
            hook = self._hooks.get(type_) or self._hooks.setdefault(type_, self.hook(type_))
            return hook(value, type_)
        except ShapeError as error:
            raise DecodeError(f"{error} at {error.pointer or 'the top'}", path=error.pointer) from None
        except RecursionError:
            raise DecodeError("the value is nested too deeply") from None

    def decode_bytes(self, type_: Any, body: bytes) -> Any:
        """Decode a JSON body into an instance of the type.

        Raises:
            DecodeError: if it is not valid JSON, or has the wrong shape; it has the path and the bytes.
        """
        if len(body) >= LARGE:
            with paused_collector():
                return self._decode_bytes(type_, body)
        return self._decode_bytes(type_, body)

    def _decode_bytes(self, type_: Any, body: bytes) -> Any:
        decoded = self._read_fast.take(type_, body)
        if decoded is not UNDONE:
            return decoded
        self._read_fast.count(type_, len(body))
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
        body: bytes = self._write_fast.take(value.__class__, value)
        if body is UNDONE:
            body = self._encode_bytes(value)
            if isinstance(value, Record):
                self._write_fast.count(value.__class__, len(body))
        return body

    def _encode_bytes(self, value: Any) -> bytes:
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
            return compile_reader(cls, self.hook, self.keep_unexpected, self.missing, self.look_at, self._unknown.note)
        finally:
            self._compiling.discard(cls)

    def struct_reader(self, type_: Any) -> StructReader:
        """What reads bodies of a type through Structs."""
        from aiovonage._core.codec.struct_generator import StructGenerator  # needed for much data only
        from aiovonage._core.codec.struct_reader import StructReader

        return StructReader(type_, lambda: StructGenerator(self.hook, self.missing, self._unknown.of), self._unknown)

    def _struct_writer(self, cls: Any) -> Callable[[Any], bytes]:
        return self._struct_writers.of(cls)

    @cached_property
    def _struct_writers(self) -> StructWriters:
        from aiovonage._core.codec.struct_writer import StructWriters

        return StructWriters(self._encode_bytes)

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


_MAY_BE_INEXACT = frozenset({float, list, dict})


def _invalid(value: Any, error: json_text.NotSendable) -> InvalidValue:
    """The error for a value that cannot be sent."""
    member = "/".join(map(str, error.path)) or "body"
    return InvalidValue(type(value).__name__, member, error.value, "must be a value that JSON has")


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
