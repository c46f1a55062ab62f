"""Values that are hard for JSON: what is read goes back as it came, and what cannot be sent is refused by name."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import DecodeError, InvalidValue, decode, encode
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage._core.operation import Parameter
from aiovonage.api.ten_dlc import Brand, LinkNumber
from tests.core.answers import Answer, Answers, an_operation


@attrs.define(kw_only=True, repr=False)
class Event(Model):
    at: datetime | None = attrs.field(default=None, metadata={"format": "date-time"})
    seen: datetime | None = attrs.field(default=None, metadata={"format": "date-time-local"})
    day: date | None = attrs.field(default=None, metadata={"format": "date"})
    count: int | None = None
    share: float | None = None
    as_text: int | None = attrs.field(default=None, metadata={"format": "string"})
    anything: Any = None
    amounts: dict[str, Any] | None = None
    values: list[Any] | None = None


TEXTS = [
    "2024-01-02T03:04:05Z",
    "2024-01-02T03:04:05.1Z",
    "2024-01-02T03:04:05.120Z",
    "2024-01-02T03:04:05.123456Z",
    "2024-01-02T03:04:05.123456789Z",
    "2024-01-02T03:04:05+00:00",
    "2024-01-02T03:04:05+0000",
    "2024-01-02T03:04:05-05:00",
    "2024-01-02T03:04:05+23:59",
    "2024-01-02T03:04:05",
    "2024-01-02 03:04:05",
    "2024-01-02 03:04:05Z",
    "2024-01-02 03:04:05.5",
    "2024-01-02 030405.1",
    "2024-01-02T03:04",
    "2024-01-02T03",
    "2024-01-02",
    "20240102",
    "20240102T030405",
    "2024-W01-2",
    "2024-W01-2T03:04:05Z",
    "2024-01-02T24:00:00Z",
    "2024-01-02T03:04:60Z",
    "Tue, 02 Jan 2024 03:04:05 GMT",
    "1704164645",
    "",
    "0000-00-00T00:00:00Z",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("member", ["at", "seen", "day"])
def test_a_date_goes_back_as_it_came(member: str, text: str) -> None:
    event = decode(Event, {member: text})
    assert encode(event) == {member: text}
    assert encode(pickle.loads(pickle.dumps(event))) == {member: text}
    assert encode(copy.deepcopy(event)) == {member: text}
    assert encode(attrs.evolve(event)) == {member: text}


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_any_date_goes_back_as_it_came(moment: datetime) -> None:
    for text in (moment.isoformat(), moment.isoformat(" "), moment.isoformat(timespec="milliseconds")):
        assert encode(decode(Event, {"at": text, "seen": text})) == {"at": text, "seen": text}


def test_a_date_that_keeps_its_text_is_a_date_like_any_other() -> None:
    event = decode(Event, {"at": "2024-01-02T03:04:05.1Z", "day": "20240102"})
    moment = datetime(2024, 1, 2, 3, 4, 5, 100_000, tzinfo=UTC)
    assert event.at is not None
    assert event.at == moment
    assert hash(event.at) == hash(moment)
    assert repr(event.at) == repr(moment)
    assert event.day == date(2024, 1, 2)
    assert repr(event.day) == repr(date(2024, 1, 2))
    assert event.at - timedelta(seconds=1) < moment
    assert event.at.astimezone(UTC).tzinfo is UTC


@pytest.mark.parametrize(
    "change", [lambda d: d.replace(year=2025), lambda d: d + timedelta(days=366), lambda d: d.replace(year=2025, day=2)]
)
def test_what_is_computed_from_a_date_is_sent_in_the_usual_form(change: Any) -> None:
    event = decode(Event, {"at": "2024-01-02T03:04:05.1Z"})
    event.at = change(event.at)
    assert encode(event) == {"at": "2025-01-02T03:04:05.100Z"}


LARGE = 1208925819614629174706177


@pytest.mark.parametrize("number", [LARGE, -LARGE, 2**63, 2**64, -(2**63) - 1, 10**40])
@pytest.mark.parametrize(
    "body",
    [
        '{{"unknown": {0}}}',
        '{{"unknown": {{"deep": [[{0}]]}}}}',
        '{{"count": {0}}}',
        '{{"share": {0}}}',
        '{{"anything": {0}}}',
        '{{"anything": [{0}]}}',
        '{{"amounts": {{"a": {0}}}}}',
        '{{"values": [1, {0}]}}',
    ],
)
def test_an_integer_of_any_size_goes_back_as_it_came(body: str, number: int) -> None:
    codec = Codec()
    text = body.format(number)
    assert json.loads(codec.encode_bytes(codec.decode_bytes(Event, text.encode()))) == json.loads(text)
    # and what the codec has learnt does no harm to others
    assert codec.decode_bytes(Event, b'{"count": 3, "x": 1.5}').extra == {"x": 1.5}


def test_a_large_float_stays_a_float() -> None:
    event = Codec().decode_bytes(Event, b'{"x": 1e30, "y": [-2.5e200]}')
    assert event.extra == {"x": 1e30, "y": [-2.5e200]}


@pytest.mark.parametrize("text", ["007", "-0", "00"])
def test_a_number_that_is_text_goes_back_as_it_came(text: str) -> None:
    assert encode(decode(Event, {"as_text": text})) == {"as_text": text}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'\xef\xbb\xbf{"brand_id": "B1", "display_name": "Ada"}', "Ada"),
        ('{"brand_id": "B1", "display_name": "Ada"}'.encode("utf-16"), "Ada"),
        (b'{"brand_id": "B1", "display_name": "cut \\ud83d"}', "cut \ud83d"),
    ],
)
async def test_one_odd_character_does_not_make_an_answer_unreadable(body: bytes, name: str) -> None:
    async with Answers(Answer(200, body)).client() as vonage:
        assert (await vonage.ten_dlc.get_brand("B1")).display_name == name
        assert (await vonage.request("GET", "/x")).parsed == {"brand_id": "B1", "display_name": name}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b"<html>", "Expecting value"),
        (b'{"a": ', "Expecting value"),
        (b"\xff", "can't decode byte 0xff"),
        (b'{"a": "caf\xe9"}', "can't decode byte 0xe9"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "1e999 is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "Exceeds the limit"),
        (b"[" * 5000, ""),
        (b'{"a": ' * 100_000, ""),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_not_json_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match="the body is not valid JSON: ") as raised:
        Codec().decode_bytes(Event, body)
    assert reason in str(raised.value)
    assert raised.value.body == body


def test_what_is_nested_too_deeply_is_a_decode_error() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    for nested in ({"unknown": value}, {"values": value}, {"anything": value}):
        assert decode(Event, nested)
    deep: Any = {}
    for _ in range(100_000):
        deep = {"self": deep}

    @attrs.define(kw_only=True, repr=False)
    class Node(Model):
        self_: dict[str, Any] | None = attrs.field(default=None, metadata={"wire": "self"})

    assert decode(Node, deep)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"x": float("nan")}, "LinkNumber.x must be a value that JSON has, not nan"),
        ({"x": [1, {"y": float("-inf")}]}, "LinkNumber.x/1/y must be a value that JSON has, not -inf"),
        ({"x": None, "y": float("nan")}, "LinkNumber.y must be a value that JSON has, not nan"),
        ({"x": "s3cr3t \ud83d"}, "LinkNumber.x must be a value that JSON has, not text with half of a surrogate pair"),
        ({"\ud83d": 1}, "must be a value that JSON has, not text with half of a surrogate pair"),
        ({"x": Decimal("1.2")}, "LinkNumber.x must be a value that JSON has, not a Decimal"),
        ({"x": {1, 2}}, "LinkNumber.x must be a value that JSON has, not a set"),
        ({"x": b"s3cr3t"}, "LinkNumber.x must be a value that JSON has, not a bytes"),
        ({"x": object()}, "LinkNumber.x must be a value that JSON has, not a object"),
        ({"x": {1: 2}}, "LinkNumber.x must be a value that JSON has, not an object with the name 1, which is not text"),
        ({"x": [2**70, Decimal(1)]}, "LinkNumber.x/1 must be a value that JSON has, not a Decimal"),
    ],
)
async def test_what_cannot_be_sent_is_refused_by_name(extra: dict[str, Any], message: str) -> None:
    answers = Answers()
    async with answers.client() as vonage:
        with pytest.raises(InvalidValue) as raised:
            await vonage.ten_dlc.link_number("B", "C", LinkNumber(country="US", number="12025550101", extra=extra))
        with pytest.raises(InvalidValue):
            await vonage.request("POST", "/x", json=extra)
    assert message in str(raised.value)
    assert "s3cr3t" not in str(raised.value)
    assert not answers.requests


async def test_what_is_nested_too_deeply_is_not_sent() -> None:
    value: Any = []
    for _ in range(1000):
        value = [value]
    async with Answers().client() as vonage:
        with pytest.raises(InvalidValue, match="nested too deeply"):
            await vonage.request("POST", "/x", json={"a": value})


def test_what_json_has_a_form_for_is_sent() -> None:
    link = LinkNumber(country="US", number="12025550101")
    extra = {"large": LARGE, "model": link, "models": [link], "at": datetime(2020, 1, 2, tzinfo=UTC), "none": None}
    sent = json.loads(Codec().encode_bytes(LinkNumber(country="US", number="12025550101", extra=extra)))
    assert sent == {
        "large": LARGE,
        "model": encode(link),
        "models": [encode(link)],
        "at": "2020-01-02T00:00:00Z",
        "none": None,
        **encode(link),
    }


async def test_half_an_emoji_in_a_path_or_query_is_refused_by_name() -> None:
    answers = Answers()
    async with answers.client() as vonage:
        with pytest.raises(InvalidValue, match=r"ten_dlc\.get_brand\.brand_id must be text that can be sent"):
            await vonage.ten_dlc.get_brand("\udc80")
        with pytest.raises(InvalidValue, match=r"ten_dlc\.list_brands\.filter must be text that can be sent"):
            await vonage.ten_dlc.list_brands(filter="\udc80")
        with pytest.raises(InvalidValue, match=r"request\.tag must be text that can be sent"):
            await vonage.request("GET", "/x", query={"tag": ["a", "\udc80"]})
    assert not answers.requests


async def test_a_datetime_for_a_day_is_that_day() -> None:
    answers = Answers()
    day = Parameter(name="start", wire="start", day=True)
    moment = datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
    async with answers.client() as vonage:
        await vonage._session.call(an_operation(query=(day,)), query={"start": moment})
        await vonage.whatsapp.get_messaging_analytics("1", start=moment, end=date(2026, 10, 2), granularity="DAILY")
    assert [request.url.params["start"] for request in answers.requests] == ["2026-10-01", "2026-10-01"]


def test_a_brand_with_an_unknown_large_id_keeps_it() -> None:
    body = b'{"brand_id": "B", "x_id": 1208925819614629174706177}'
    assert Codec().decode_bytes(Brand, body).extra == {"x_id": LARGE}
