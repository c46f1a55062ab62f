"""Types in the generated code."""

from __future__ import annotations

import pytest

from codegen.ir.types import Type, union


@pytest.mark.parametrize(
    ("decided", "argument"),
    [
        ("str", "str"),
        ("list[str] | None", "Sequence[str] | None"),
        ("list[list[Condition]]", "Sequence[Sequence[Condition]]"),
        ("list[date]", "Sequence[date | str]"),
        ("datetime", "datetime | str"),
        ("dict[str, Any]", "dict[str, Any]"),
        ("UseCase | str", "UseCase | str"),
    ],
)
def test_an_argument_takes_all_that_can_be_sent(decided: str, argument: str) -> None:
    assert Type(decided).argument().text == argument


def test_unions_have_each_branch_once() -> None:
    assert union("str", "int", "str").text == "str | int"
    assert Type("date | str | None").branches == ("date", "str", "None")
    assert Type("int").optional.text == "int | None"
    assert Type("int | None").optional.text == "int | None"
    assert Type("int | None").not_none.text == "int"


def test_validators_take_a_whole_number_where_a_float_is_wanted() -> None:
    assert Type("float | None").scalars == ("int, float",)
    assert Type("str | int").scalars == ("str", "int")
    assert Type("Brand | str").scalars == ()


def test_only_a_list_has_items() -> None:
    assert Type("list[Brand] | None").item.text == "Brand"
    with pytest.raises(ValueError, match="Brand is not a list"):
        _ = Type("Brand").item
