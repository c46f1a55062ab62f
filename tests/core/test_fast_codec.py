"""The fast path reads and writes exactly what the usual way does, or leaves the value to it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiovonage import NULL, DecodeError, InvalidValue
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage._core.codec.record import Record
from aiovonage._core.codec.struct_reader import StructReader
from aiovonage._core.codec.struct_writer import StructWriters
from aiovonage.api.ten_dlc import Brand, BrandPage, LinkNumber
from tests.core.strategies import JSON, json_of
from tests.core.test_codec import Circle, Drawing, Square
from tests.core.test_models import Order
from tests.core.test_round_trip import MODELS, somewhere_else
from tests.core.test_values import Event
from tests.rounds import rounds

USUAL = Codec(warm=10**12)
"""Takes the usual way only."""

READERS: dict[str, StructReader] = {}
WRITERS = StructWriters(USUAL.encode_bytes)

ODD_JSON = [
    *(b"1.0", b"1e2", b"-0", b"-0.0", b"1e-400", b"1e999", b"9007199254740993", b"NaN", b"Infinity", b"01", b"1."),
    *(b"%d" % number for number in (2**63, 2**64, -(2**63) - 1, 1208925819614629174706177)),
    *(b'"cut \\ud83d"', b'"\\udc00"', b'"\\ud83d\\ude00"', b'"\\x"'),
    *(b'"a\nb"', b'"\x00"', b'"\xff"', b'"\xed\xa0\x80"', b'{"\xff": 1}'),
    *(b'{"a": 1, "a": [2]}', b'"x", "brand_id": 1, "self": "x"', b"[1,]", b"tru", b"", b"null"),
    *(b"9" * 5000, b"[" * 2000, b"[" * 300 + b"]" * 300),
    *(b'"true"', b'"007"', b'"3"', b'"2024-01-02T03:04:05Z"', b'"2024-01-02T03:04:05.10Z"', b'"2024-01-02 03:04:05"'),
    *(b'"2024-01-02T03:04:05+01:00"', b'"20240102"', b'"2024-01-02"'),
]
"""Pieces of bodies that parsers of JSON disagree about, or that are not JSON."""


@attrs.define(kw_only=True, repr=False)
class Branch(Model):
    tree: Tree | None = None


@attrs.define(kw_only=True, repr=False)
class Tree(Model):
    branches: list[Branch] | None = None
    branch: Branch | None = None
    name: str | None = None


@attrs.define(kw_only=True, repr=False)
class Forest(Model):
    """Models that refer to each other, entered at both."""

    tree: Tree | None = None
    branch: Branch | None = None


TYPES: list[Any] = [*MODELS, Drawing, Order, Event, Forest, list[Brand]]


class Size(StrEnum):
    SMALL = "S"


class Text(str):
    __slots__ = ()


class Count(int):
    pass


@attrs.define
class Foreign:
    name: str = "x"


MOMENT = datetime(2024, 1, 2, 3, 4, 5)
ODD_VALUES: list[Any] = [
    *(b"x", bytearray(b"x"), {1}, frozenset({1}), (1, 2), Decimal("1.2"), UUID(int=1), timedelta(1), object()),
    *(float("nan"), float("inf"), 1.5, 1e16, -0.0, 2**63, 2**64, -(2**63) - 1, Count(3), True, None, NULL),
    *("\ud83d", "é\x7f\u2028\x00", Text("x"), Size.SMALL, "", "007"),
    *(MOMENT, MOMENT.replace(tzinfo=UTC), MOMENT.replace(microsecond=60), MOMENT.replace(microsecond=600, tzinfo=UTC)),
    *(MOMENT.replace(tzinfo=timezone(timedelta(hours=1))), MOMENT.date()),
    *([1, "x", None], [float("nan")], [b"x"], {"a": float("nan")}, {1: 2}, {"a": {"b": NULL}}),
    *(Circle(radius=1), [Circle(radius=1), {"a": 1}], Drawing(name="d"), Foreign()),
    *(Square(side=1, extra={"x": [1]}), Circle(radius=1, extra={"x": b"x"})),
]
"""What somebody may put into a model, although the spec does not admit it."""


def identical(one: Any, other: Any) -> bool:
    """Whether two values are equal and of the same classes, all the way down."""
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, Record):
        one.extra, other.extra = (dict(sorted(record.extra.items())) for record in (one, other))  # their order is free
        names = [attribute.name for attribute in attrs.fields(type(one))]
        return all(identical(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(identical, one.values(), other.values()))
    if isinstance(one, date):
        texts = getattr(one, "text", None), getattr(other, "text", None)
        return bool(one == other) and texts[0] == texts[1] and getattr(one, "tzinfo", 0) == getattr(other, "tzinfo", 0)
    return repr(one) == repr(other)


def check_reading(type_: Any, body: bytes) -> bool:
    """Check that a body is read as usual where the fast path reads it, and say whether it does."""
    if str(type_) not in READERS:
        READERS[str(type_)] = USUAL.struct_reader(type_)
    try:
        read = READERS[str(type_)](body)
    except Exception:
        return False
    assert identical(read, USUAL.decode_bytes(type_, body))
    return True


def check_writing(value: Any) -> bool:
    """Check that a model is written as usual where the fast path writes it, and say whether it does."""
    try:
        written = WRITERS.of(type(value))(value)
    except Exception:
        return False
    assert written == USUAL.encode_bytes(value)
    return True


@st.composite
def types_and_json(draw: st.DrawFn, *, odd: bool = False, unknown: bool = False) -> tuple[Any, Any]:
    type_ = draw(st.sampled_from(TYPES))
    return type_, draw(json_of(type_, odd=odd, unknown=unknown))


@given(types_and_json())
@settings(max_examples=rounds(300))
def test_what_is_documented_is_read_and_written_fast(case: tuple[Any, Any]) -> None:
    type_, json = case
    body = orjson.dumps(json)
    assert check_reading(type_, body)
    read = USUAL.decode_bytes(type_, body)
    assert isinstance(read, list) or check_writing(read)


@given(types_and_json(odd=True, unknown=True))
@settings(max_examples=rounds(300))
def test_scalars_of_other_types_and_unknown_members(case: tuple[Any, Any]) -> None:
    type_, json = case
    body = orjson.dumps(json)
    check_reading(type_, body)
    read = USUAL.decode_bytes(type_, body)
    if isinstance(read, Record):
        check_writing(read)


@given(types_and_json(), JSON, st.randoms(use_true_random=False))
@settings(max_examples=rounds(300))
def test_something_else_in_one_place(case: tuple[Any, Any], other: Any, random: random.Random) -> None:
    type_, json = case
    check_reading(type_, orjson.dumps(somewhere_else(json, other, random)))


@given(types_and_json(), st.sampled_from(ODD_JSON), st.randoms(use_true_random=False))
@settings(max_examples=rounds(600))
def test_odd_json_in_one_place(case: tuple[Any, Any], piece: bytes, random: random.Random) -> None:
    type_, json = case
    check_reading(type_, orjson.dumps(somewhere_else(json, "@@", random)).replace(b'"@@"', piece))


@given(types_and_json(), st.sampled_from(ODD_VALUES), st.randoms(use_true_random=False))
@settings(max_examples=rounds(600))
def test_odd_values_in_one_place(case: tuple[Any, Any], value: Any, random: random.Random) -> None:
    type_, json = case
    model = USUAL.decode(type_, json)
    if isinstance(model, Record):
        put_somewhere(model, value, random)
        check_writing(model)


def put_somewhere(model: Any, value: Any, random: random.Random) -> None:
    """Put a value into a member of a model, or of one below it."""
    names = [attribute.name for attribute in attrs.fields(type(model))] if isinstance(model, Record) else []
    inner = [getattr(model, name) for name in names]
    below = [e for v in inner for e in (v if isinstance(v, list) else [v]) if isinstance(e, Record)]
    if below and random.random() < 0.5:
        put_somewhere(random.choice(below), value, random)
    elif names:
        name = random.choice(names)
        object.__setattr__(model, name, {"x": value} if name == "extra" else value)


@pytest.mark.parametrize(
    "member", [attribute.name for attribute in attrs.fields(Drawing) if attribute.name != "layers"]
)
def test_odd_json_in_each_kind_of_member(member: str) -> None:
    for piece in ODD_JSON:  # a failure shows the whole body
        check_reading(Drawing, b'{"name": "d", "%s": %s}' % (member.encode(), piece))


@pytest.mark.parametrize("member", [attribute.name for attribute in attrs.fields(Drawing)])
def test_odd_values_in_each_kind_of_member(member: str) -> None:
    for value in ODD_VALUES:  # a failure shows the drawing
        drawing = Drawing(name="d")
        object.__setattr__(drawing, member, {"x": value} if member == "extra" else value)
        check_writing(drawing)


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (Brand, b'{"brand_id": "B", "new": 1}'),
        (Brand, b'{"brand_id": "B", "campaign_count": "5"}'),
        (Brand, b'{"brand_id": "B", "campaign_count": 5.0}'),
        (Brand, b'{"brand_id": "B", "created_date": "soon"}'),
        (Brand, b'{"brand_id": null}'),
        (Brand, b"{}"),
        (Brand, b'\xef\xbb\xbf{"brand_id": "B"}'),
        (Brand, b"[]"),
        (Brand, b"<html>"),
        (Brand, b""),
        (BrandPage, b'{"_embedded": {"brands": [null]}}'),
        (Drawing, b'{"name": "d", "shapes": [3]}'),
        (Drawing, b'{"name": "d", "public": true}'),
    ],
)
def test_what_the_fast_path_cannot_read_is_left_to_the_usual_way(type_: Any, body: bytes) -> None:
    assert not check_reading(type_, body)
    codec = Codec(warm=0)
    for _ in range(3):
        try:
            expected = USUAL.decode_bytes(type_, body)
        except DecodeError as error:
            with pytest.raises(DecodeError) as raised:
                codec.decode_bytes(type_, body)
            assert (str(raised.value), raised.value.path, raised.value.body) == (str(error), error.path, body)
        else:
            assert identical(codec.decode_bytes(type_, body), expected)


def test_members_that_vonage_adds_are_read_fast_once_they_were_seen() -> None:
    body = b'{"_embedded": {"brands": [{"brand_id": "A", "added": null}, {"brand_id": "B", "added": [1, {"x": 2}]}]}}'
    assert not check_reading(BrandPage, body)
    USUAL.decode_bytes(BrandPage, body)
    assert check_reading(BrandPage, body)
    assert check_reading(BrandPage, body.replace(b'"added"', b'"campaign_count"').replace(b"[1, {", b"1, {")) is False
    assert check_reading(BrandPage, b'{"_embedded": {"brands": [{"brand_id": "C"}]}}')


def test_models_that_refer_to_each_other_are_read_and_written_fast() -> None:
    body = b'{"tree":{"branches":[{"tree":{"name":"a"}}],"branch":{"tree":{"name":"b"}}},"branch":{"tree":{}}}'
    assert check_reading(Forest, body)
    assert check_writing(USUAL.decode_bytes(Forest, body))
    assert USUAL.encode_bytes(USUAL.decode_bytes(Forest, body)) == body


def test_an_object_whose_names_are_data_is_read_all_the_same() -> None:
    for number in range(100):
        body = b'{"brand_id": "A", "name %d": 1, "name\\"%d": 2, "name_%d": 3}' % (number, number, number)
        USUAL.decode_bytes(Brand, body)
        check_reading(Brand, body)
    assert check_reading(Brand, b'{"brand_id": "A"}')


def test_what_cannot_be_sent_is_refused_on_the_fast_path_too() -> None:
    codec = Codec(warm=0)
    assert codec.encode_bytes(Brand(brand_id="B")) == codec.encode_bytes(Brand(brand_id="B"))
    for value in (b"x", {1}, Decimal(1), float("nan"), "\ud83d"):
        with pytest.raises(InvalidValue, match=r"Brand\.display_name"):
            codec.encode_bytes(Brand(brand_id="B", display_name=value))  # type: ignore[arg-type]
        with pytest.raises(InvalidValue, match=r"Brand\.reseller"):
            codec.encode_bytes(Brand(brand_id="B", reseller=value))


def test_an_object_with_unknown_members_is_written_with_them() -> None:
    codec = Codec(warm=0)
    for _ in range(3):
        link = LinkNumber(country="US", number="12025550101", extra={"new": [1, None], "number": "0"})
        assert codec.encode_bytes(link) == USUAL.encode_bytes(link)
        link.extra.clear()
        assert codec.encode_bytes(link) == USUAL.encode_bytes(link)
