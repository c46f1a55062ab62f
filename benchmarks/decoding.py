"""Decoding and encoding pages of lists, beside pydantic and msgspec on models of the same members."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints

import attrs
import msgspec
import orjson
import pydantic

from aiovonage import Vonage
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage._core.http.protocol import Request, Response
from aiovonage.api.ten_dlc.models import BrandPage, CampaignNumberPage
from benchmarks.contest import contest
from benchmarks.linking import ACCOUNT
from benchmarks.report import Row

BRAND: dict[str, Any] = {
    **dict.fromkeys(("account_id", "primary_account_id", "status", "reference_id", "brand_id"), "abcd1234"),
    **{"entity_type": "PUBLIC_PROFIT", "vertical": "TECHNOLOGY", "stock_exchange": "NASDAQ", "stock_symbol": "EX"},
    **{"first_name": "Ada", "last_name": "Byron", "display_name": "Example", "company_name": "Example Inc."},
    **{"ein": "20-1111111", "ein_issuing_country": "US", "universal_ein": "20-1111111", "country": "US"},
    **{"alt_business_id_type": "DUNS", "alt_business_id": "150483782", "phone": "+12025550101", "state": "NJ"},
    **{"street": "1 Example Street", "city": "Holmdel", "postal_code": "07733", "email": "ada@example.com"},
    **{"website": "https://example.com", "campaign_count": 5, "brand_relationship": "BASIC_ACCOUNT"},
    **{"partner": False, "shared": False, "owner": True},
    **{"_links": {"self": {"href": "https://api-eu.vonage.com/v1/10dlc/brands/BLQKOPK"}}},
    **{"created_date": "2020-01-02 05:12:14", "last_updated": "2020-02-02 14:12:00"},
}
PAGE = orjson.dumps(
    {"page": 1, "page_size": 100, "total_pages": 1, "total_items": 100, "_embedded": {"brands": [BRAND] * 100}}
)
NUMBER: dict[str, Any] = {
    **{"number": "14155550110", "country": "US", "status": "APPROVED"},
    "_links": {
        "self": {"href": "https://api-eu.vonage.com/v1/10dlc/brands/BLQKOPK/campaigns/C1DEB879/numbers/14155550110"}
    },
}
NUMBERS = orjson.dumps(
    {"page": 1, "page_size": 1000, "total_pages": 1, "total_items": 1000, "_embedded": {"numbers": [NUMBER] * 1000}}
)


def pydantic_model(cls: Any) -> Any:
    """A pydantic model of the members of one of ours, with the same types."""
    return pydantic.create_model(
        cls.__name__, **_members(cls, pydantic_model, lambda wire: pydantic.Field(None, alias=wire))
    )


def msgspec_struct(cls: Any) -> Any:
    """A msgspec Struct of the same members. Enums are strings in it: it has no open enums, nor dates with a space."""
    fields = _members(cls, msgspec_struct, lambda wire: msgspec.field(default=None, name=wire))
    plain = [(name, type_ if _nested(type_) else _plain(type_), default) for name, (type_, default) in fields.items()]
    return msgspec.defstruct(cls.__name__, plain, kw_only=True)


def _members(cls: Any, nested: Callable[[Any], Any], default: Callable[[str], Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    members = {}
    for attribute in attrs.fields(cls):
        if attribute.name != "extra":
            wire = attribute.metadata.get("wire", attribute.name)
            members[attribute.name] = (_translated(hints[attribute.name], nested), default(wire))
    return members


def _translated(hint: Any, nested: Callable[[Any], Any]) -> Any:
    """The type with our models in it replaced."""
    if isinstance(hint, type) and issubclass(hint, Model):
        return nested(hint)
    if get_origin(hint) is list:
        return list[_translated(get_args(hint)[0], nested)]  # type: ignore[misc]
    if arguments := get_args(hint):
        translated = [_translated(argument, nested) for argument in arguments]
        union = translated[0]
        for other in translated[1:]:
            union = union | other
        return union
    return hint


def _nested(type_: Any) -> bool:
    return any(
        get_origin(a) is list or (isinstance(a, type) and issubclass(a, msgspec.Struct)) for a in get_args(type_)
    )


def _plain(type_: Any) -> Any:
    kept = [a for a in get_args(type_) if a in {int, float, bool, str, datetime}]
    if not kept:  # Any
        return type_
    plain: Any = str if datetime in kept else kept[0]
    return plain | None


async def _timed(decode: Callable[[], object], count: int) -> float:
    began = time.process_time()  # nothing is waited for, and others may use the machine
    for _ in range(count):
        decode()
    return (time.process_time() - began) / count


class _OnePage:
    """A transport that has the page in memory."""

    async def send(self, request: Request) -> Response:
        return Response(200, [(b"Content-Type", b"application/json")], PAGE)

    async def aclose(self) -> None:
        pass


async def _listed(count: int) -> float:
    async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], transport=_OnePage()) as vonage:
        began = time.process_time()
        for _ in range(count):
            assert len([brand async for brand in vonage.ten_dlc.list_brands()]) == 100
        return (time.process_time() - began) / count


def _codecs(cls: Any, body: bytes) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """What decodes a page, and what encodes it again."""
    codec = Codec()
    model = pydantic_model(cls)
    decoder = msgspec.json.Decoder(msgspec_struct(cls))
    ours, theirs, struct, dicts = (
        codec.decode_bytes(cls, body),
        model.model_validate_json(body),
        decoder.decode(body),
        orjson.loads(body),
    )
    return {
        "orjson, dicts": (lambda: orjson.loads(body), lambda: orjson.dumps(dicts)),
        "msgspec Structs": (lambda: decoder.decode(body), lambda: msgspec.json.encode(struct)),
        "pydantic v2": (lambda: model.model_validate_json(body), theirs.model_dump_json),
        "aiovonage": (lambda: codec.decode_bytes(cls, body), lambda: codec.encode_bytes(ours)),
    }


async def _page(title: str, cls: Any, body: bytes, count: int, rounds: int) -> list[Row]:
    rows = []
    codecs = _codecs(cls, body)
    for verb, place in (("decode", 0), ("encode", 1)):
        contestants: dict[str, Any] = {name: partial(_timed, pair[place], count) for name, pair in codecs.items()}
        figures = await contest(contestants, rounds)
        for name in contestants:
            ratio, to_msgspec = figures.ratio(name, "pydantic v2"), 1 / figures.ratio(name, "msgspec Structs")
            words, aim, met = f"{ratio:.2f}x pydantic v2", "", None
            if name == "aiovonage" and verb == "decode":
                words += f", {to_msgspec:.1f} times msgspec's time"
                aim, met = "2x pydantic v2, 3 times msgspec's time", ratio >= 2 and to_msgspec <= 3
            elif name == "aiovonage":
                aim, met = "1x pydantic v2", ratio >= 1
            figure = f"{figures.median(name) * 1e6:.0f} µs a page"
            rows.append(Row(f"{verb} {title}, {name}", figure, words, aim, met))
    return rows


async def _measured(count: int, rounds: int) -> list[Row]:
    rows = await _page("100 brands", BrandPage, PAGE, count, rounds)
    rows += await _page("1,000 numbers", CampaignNumberPage, NUMBERS, count // 10, rounds)
    model = pydantic_model(BrandPage)
    listed: dict[str, Any] = {
        "list_brands": partial(_listed, count),
        "pydantic v2": partial(_timed, lambda: model.model_validate_json(PAGE), count),
    }
    figures = await contest(listed, rounds)
    ratio = figures.ratio("list_brands", "pydantic v2")
    figure = f"{figures.median('list_brands') * 1e6:.0f} µs a page"
    what = "list_brands() through a transport in memory, 100 brands"
    return [*rows, Row(what, figure, f"{ratio:.2f}x pydantic v2", "1x pydantic v2", ratio >= 1)]


def run(count: int, rounds: int) -> list[Row]:
    """Measure."""
    return asyncio.run(_measured(count, rounds))
