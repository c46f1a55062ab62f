"""Models: what they show, and what they refuse to hold."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiovonage import NULL, InvalidValue, decode
from aiovonage._core.codec.constraints import Constrained
from aiovonage._core.codec.model import Model
from aiovonage._core.codec.null import Null
from aiovonage.api.applications import Application
from aiovonage.api.ten_dlc import Brand, CreateCampaign, FilterCondition, LinkNumber


@attrs.define(kw_only=True, repr=False)
class Order(Model):
    """Every kind of constraint in one model."""

    code: str | None = attrs.field(default=None, validator=Constrained(str, pattern="^[A-Z]+$"))
    word: str | None = attrs.field(default=None, validator=Constrained(str, min_length=2, max_length=3))
    count: int | None = attrs.field(default=None, validator=Constrained(int, minimum=1, maximum=9))
    tags: list[str] | None = attrs.field(
        default=None, validator=Constrained(list, min_items=1, max_items=2, items=Constrained(str, max_length=3))
    )
    size: str | None = attrs.field(default=None, validator=Constrained(enum=("S", "M")))
    kind: Literal["circle"] | None = attrs.field(default=None, validator=Constrained(const="circle"))
    note: str | Null | None = attrs.field(default=None, validator=Constrained(str, max_length=3))
    password: str | None = attrs.field(
        default=None, validator=Constrained(str, max_length=3), metadata={"secret": True}
    )


REFUSED: list[tuple[str, Any, str]] = [
    ("code", "abc", r"\^\[A-Z\]\+\$"),
    ("word", "x", "at least 2 characters"),
    ("word", "long", "at most 3 characters"),
    ("word", 5, "must be str"),
    ("count", 0, "at least 1"),
    ("count", 10, "at most 9"),
    ("count", True, "must be int"),
    ("count", "5", "must be int"),
    ("tags", [], "at least 1 items"),
    ("tags", ["a", "b", "c"], "at most 2 items"),
    ("tags", ["a", "long"], r"\[1\] must have at most 3"),
    ("tags", "text", "must be list"),
    ("size", 5, "one of S, M"),
    ("size", "", "one of S, M"),
    ("size", ["S"], "one of S, M"),
    ("kind", "square", "must be circle"),
    ("note", "long", "at most 3"),
]


@pytest.mark.parametrize(("member", "value", "bound"), REFUSED)
def test_a_value_out_of_bounds_is_refused_at_construction(member: str, value: Any, bound: str) -> None:
    with pytest.raises(InvalidValue, match=bound) as raised:
        Order(**{member: value})
    error = raised.value
    assert isinstance(error, ValueError)
    assert (error.model, error.member) == ("Order", member)
    assert error.bound in str(error)
    assert f"Order.{member}" in str(error)
    assert repr(value) in str(error)


@pytest.mark.parametrize(("member", "value", "bound"), REFUSED)
def test_and_on_assignment(member: str, value: Any, bound: str) -> None:
    order = Order()
    with pytest.raises(InvalidValue, match=bound):
        setattr(order, member, value)
    assert getattr(order, member) is None


def test_values_within_bounds_are_taken() -> None:
    order = Order(code="AB", word="abc", count=9, tags=["a", "bcd"], size="M", note=NULL)
    order.count = 1
    order.word = None
    assert (order.count, order.word, order.note) == (1, None, NULL)


@given(st.text(max_size=30))
def test_a_number_is_taken_exactly_when_it_is_of_the_documented_length(number: str) -> None:
    try:
        LinkNumber(country="US", number=number)
    except InvalidValue:
        assert not 7 <= len(number) <= 15
    else:
        assert 7 <= len(number) <= 15


def test_a_required_member_is_not_none() -> None:
    with pytest.raises(InvalidValue, match=r"LinkNumber\.number must be str"):
        LinkNumber(country="US", number=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="number"):
        LinkNumber(country="US")  # type: ignore[call-arg]


def test_what_is_read_is_not_held_against_the_bounds() -> None:
    assert decode(Order, {"word": "much too long", "size": "XXL"}).word == "much too long"
    assert decode(LinkNumber, {"country": "US", "number": "1"}).number == "1"


def test_a_secret_is_not_quoted_when_it_is_refused() -> None:
    with pytest.raises(InvalidValue, match="at most 3") as raised:
        Order(password="hunter2")
    assert "hunter2" not in str(raised.value)


def test_repr_shows_what_is_there_and_no_secret() -> None:
    assert repr(Brand(brand_id="B1", extra={})) == "Brand(brand_id='B1')"
    assert repr(Brand(brand_id="B1", extra={"new": 1})) == "Brand(extra={'new': 1}, brand_id='B1')"
    read = decode(Application, {"id": "a", "keys": {"private_key": "-----BEGIN", "public_key": "p"}})
    assert "-----BEGIN" not in repr(read)
    assert "private_key=***" in repr(read)


def test_models_compare_copy_and_pickle_by_value() -> None:
    brand = decode(Brand, {"brand_id": "B1", "entity_type": "NON_PROFIT", "_links": {"self": {"href": "/x"}}, "new": 1})
    for other in (copy.copy(brand), copy.deepcopy(brand), pickle.loads(pickle.dumps(brand)), attrs.evolve(brand)):
        assert other == brand
        assert other is not brand
    deep = copy.deepcopy(brand)
    deep.extra["new"] = 2
    assert deep != brand


def test_null_stays_itself() -> None:
    order = Order(note=NULL)
    assert pickle.loads(pickle.dumps(order)).note is NULL
    assert copy.deepcopy(order).note is NULL


def test_a_misspelt_member_is_an_error() -> None:
    with pytest.raises(TypeError, match="brand"):
        Brand(brand_id="B1", brand="B1")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Brand(brand_id="B1").brand = "B1"  # type: ignore[attr-defined]


def test_a_free_member_holds_anything() -> None:
    assert FilterCondition(field="a", type="equal", value=[1]).value == [1]


def test_lists_of_a_request_are_checked_item_by_item() -> None:
    with pytest.raises(InvalidValue, match=r"sub_usecases \[0\] must be str"):
        CreateCampaign(
            account_id="a",
            usecase="MIXED",
            description="d",
            subscriber_opt_in=True,
            subscriber_opt_out=True,
            subscriber_help=True,
            sub_usecases=[1],  # type: ignore[list-item]
        )
