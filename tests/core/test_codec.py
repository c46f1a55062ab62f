"""Reading what is documented, and what is not: nothing is lost, and only a wrong shape is an error."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal

import attrs
import pytest

from aiovonage import NULL, DecodeError, decode, encode
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage._core.codec.null import Null
from aiovonage.api.ten_dlc import (
    Brand,
    BrandPage,
    Campaign,
    CreateBrand,
    CreatePublicCompanyBrand,
    EntityType,
    MnoMetadata,
    MnoStatus,
)


class Colour(StrEnum):
    RED = "red"


@attrs.define(kw_only=True, repr=False)
class Circle(Model):
    kind: Literal["circle"] = "circle"
    radius: int


@attrs.define(kw_only=True, repr=False)
class Square(Model):
    kind: Literal["square"] = "square"
    side: int


@attrs.define(kw_only=True, repr=False)
class Drawing(Model):
    """Every kind of member in one model."""

    name: str
    colour: Colour | str | None = None
    scale: float | None = None
    day: date | None = attrs.field(default=None, metadata={"format": "date"})
    at: datetime | None = attrs.field(default=None, metadata={"format": "date-time"})
    seen: datetime | None = attrs.field(default=None, metadata={"format": "date-time-local"})
    public: bool | None = attrs.field(default=None, metadata={"format": "string"})
    copies: int | None = attrs.field(default=None, metadata={"format": "string"})
    shapes: list[Circle | Square] | None = None
    layers: dict[str, Circle] | None = attrs.field(default=None, metadata={"wire": "_layers"})
    parent: Drawing | None = None
    note: str | Null | None = None


def test_members_have_their_types() -> None:
    drawing = decode(
        Drawing,
        {
            "name": "d",
            "colour": "red",
            "scale": 2,
            "day": "2020-01-02",
            "at": "2020-01-02T05:12:14Z",
            "seen": "2020-01-02 05:12:14",
            "public": "false",
            "copies": "-3",
            "shapes": [{"kind": "square", "side": 1}, {"kind": "circle", "radius": 2}],
            "_layers": {"a": {"radius": 3}},
            "parent": {"name": "p"},
        },
    )
    assert drawing == Drawing(
        name="d",
        colour=Colour.RED,
        scale=2,
        day=date(2020, 1, 2),
        at=datetime(2020, 1, 2, 5, 12, 14, tzinfo=UTC),
        seen=datetime(2020, 1, 2, 5, 12, 14),
        public=False,
        copies=-3,
        shapes=[Square(side=1), Circle(radius=2)],
        layers={"a": Circle(radius=3, kind=None)},  # type: ignore[arg-type]
        parent=Drawing(name="p"),
    )
    assert isinstance(drawing.colour, Colour)


def test_what_is_none_is_not_sent() -> None:
    assert encode(Drawing(name="d")) == {"name": "d"}


def test_null_is_sent_and_read() -> None:
    assert encode(Drawing(name="d", note=NULL)) == {"name": "d", "note": None}
    assert decode(Drawing, {"name": "d", "note": None}).note is NULL
    assert decode(Drawing, {"name": "d"}).note is None
    assert not NULL
    assert repr(NULL) == "NULL"


def test_members_are_sent_in_their_form_on_the_wire() -> None:
    drawing = Drawing(
        name="d",
        colour=Colour.RED,
        day=datetime(2020, 1, 2, 3, 4),
        at=datetime(2020, 1, 2, 5, 12, 14, 500_000, tzinfo=UTC),
        seen=datetime.fromisoformat("2020-01-02T07:12:14+02:00"),
        public=True,
        copies=3,
    )
    assert encode(drawing) == {
        "name": "d",
        "colour": "red",
        "day": "2020-01-02",
        "at": "2020-01-02T05:12:14.500Z",
        "seen": "2020-01-02 05:12:14",
        "public": "true",
        "copies": "3",
    }


def test_unknown_members_are_kept_and_sent_back() -> None:
    json = {"brand_id": "B1", "tcr": {"deep": [1, None]}, "_links": {"self": {"href": "/b", "templated": True}}}
    brand = decode(Brand, json)
    assert brand.extra == {"tcr": {"deep": [1, None]}}
    assert encode(brand) == json


def test_known_members_go_before_extra_ones() -> None:
    assert encode(Brand(brand_id="B1", extra={"brand_id": "B2", "new": 1})) == {"brand_id": "B1", "new": 1}


def test_reading_leaves_the_json_alone() -> None:
    json: dict[str, Any] = {"brand_id": "B1", "new": [1]}
    brand = decode(Brand, json)
    brand.brand_id = "B2"
    brand.extra["other"] = 1
    assert json == {"brand_id": "B1", "new": [1]}


ODD_MEMBERS = [
    ("name", 7),
    ("name", True),
    ("colour", 5),
    ("scale", "2"),
    ("day", "02.01.2020"),
    ("at", "soon"),
    ("at", 1577941934),
    ("seen", ""),
    ("public", "yes"),
    ("copies", "--3"),
    ("copies", "9" * 5000),
    ("copies", 1.5),
    ("note", 1),
]


@pytest.mark.parametrize(("member", "value"), ODD_MEMBERS)
def test_an_odd_scalar_is_kept_as_it_came(member: str, value: Any, caplog: pytest.LogCaptureFixture) -> None:
    codec, json = Codec(), {"name": "d", member: value}
    for _ in range(3):
        drawing = codec.decode(Drawing, json)
    assert getattr(drawing, member) == value
    assert codec.encode(drawing) == json
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert f"Drawing.{member}" in record.getMessage()


@pytest.mark.parametrize(("member", "value"), ODD_MEMBERS)
def test_strict_raises_for_an_odd_scalar(member: str, value: Any) -> None:
    with pytest.raises(DecodeError, match="expected") as raised:
        Codec(strict=True).decode(Drawing, {"name": "p", "parent": {"name": "d", member: value}})
    assert raised.value.path == f"/parent/{member}"


def test_a_member_that_changed_its_type_is_read() -> None:
    """Vonage's answers say `true` where the document says integer."""
    assert decode(MnoMetadata, {"att_number_based": True}).att_number_based is True


def test_enums_are_open() -> None:
    brand = decode(Brand, {"brand_id": "B1", "entity_type": "GOVERNMENT_OF_MARS"})
    assert brand.entity_type == "GOVERNMENT_OF_MARS"
    assert not isinstance(brand.entity_type, EntityType)
    assert decode(MnoMetadata, {"status": "APPROVED"}).status is MnoStatus.APPROVED
    Codec(strict=True).decode(Brand, {"brand_id": "B1", "entity_type": "GOVERNMENT_OF_MARS"})


@pytest.mark.parametrize(
    ("type_", "json", "path", "message"),
    [
        (BrandPage, [], "", "object"),
        (BrandPage, "text", "", "a string"),
        (BrandPage, {"_embedded": {"brands": {}}}, "/_embedded/brands", "array is expected, not an object"),
        (
            BrandPage,
            {"_embedded": {"brands": [{"brand_id": "B1"}, {"brand_id": "B2"}, 3]}},
            "/_embedded/brands/2",
            "Brand",
        ),
        (
            BrandPage,
            {"_embedded": {"brands": [{"brand_id": "B1", "_links": []}]}},
            "/_embedded/brands/0/_links",
            "not an array",
        ),
        (Drawing, {}, "", "name is missing"),
        (Drawing, {"name": "d", "parent": {}}, "/parent", "name is missing"),
        (Drawing, {"name": "d", "_layers": {"a/b~c": None}}, "/_layers/a~1b~0c", "null"),
        (Drawing, {"name": "d", "_layers": []}, "/_layers", "object is expected"),
        (Drawing, {"name": "d", "shapes": [3]}, "/shapes/0", "Circle or Square"),
        (Drawing, {"name": "d", "shapes": [{"kind": "square"}]}, "/shapes/0", "side is missing"),
        (list[Brand], {}, "", "array"),
        (list[Brand], [{"brand_id": "B1"}, None], "/1", "null"),
    ],
)
def test_a_wrong_shape_is_told_with_its_path(type_: Any, json: Any, path: str, message: str) -> None:
    with pytest.raises(DecodeError, match=message) as raised:
        decode(type_, json)
    assert raised.value.path == path
    assert path in str(raised.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"\xff", b'{"a": NaN}', b"[" * 5000])
def test_a_body_that_is_no_json_is_told_with_its_bytes(body: bytes) -> None:
    with pytest.raises(DecodeError, match="not valid JSON") as raised:
        Codec().decode_bytes(Brand, body)
    assert raised.value.body == body


def test_a_union_is_read_by_its_discriminator() -> None:
    common = {"account_id": "a", "display_name": "d", "company_name": "c", "ein": "1", "phone": "1", "street": "s"}
    common |= {"city": "c", "state": "s", "postal_code": "p", "country": "US", "email": "e", "vertical": "RETAIL"}
    public = common | {"entity_type": "PUBLIC_PROFIT", "stock_symbol": "X", "stock_exchange": "NYSE"}
    assert isinstance(decode(CreateBrand, public), CreatePublicCompanyBrand)
    assert encode(decode(CreateBrand, public)) == public


@pytest.mark.parametrize(
    ("json", "expected"),
    [
        ({"kind": "square", "radius": 1}, Circle),  # a documented example that contradicts its own discriminator
        ({"kind": "triangle", "side": 1}, Square),
        ({"side": 1}, Square),
        ({"kind": ["square"], "side": 1}, Square),
        ({"kind": None, "side": 1}, Square),
    ],
)
def test_a_union_falls_back_to_the_first_model_that_fits(json: dict[str, Any], expected: type) -> None:
    read = decode(Circle | Square, json)
    assert isinstance(read, expected)
    assert encode(read) == {name: value for name, value in json.items() if value is not None}


def test_an_object_in_place_of_a_discriminator_is_a_wrong_shape() -> None:
    with pytest.raises(DecodeError):
        decode(CreateBrand, {"entity_type": {"a": 1}})


def test_lists_and_maps_of_models_are_encoded() -> None:
    assert encode([Brand(brand_id="B1"), {"x": Campaign(brand_id="B1", campaign_id="C1")}]) == [
        {"brand_id": "B1"},
        {"x": {"brand_id": "B1", "campaign_id": "C1"}},
    ]
