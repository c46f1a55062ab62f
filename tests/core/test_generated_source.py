"""The functions that are generated for models are shown by tools like any others."""

from __future__ import annotations

import linecache
import traceback
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest

from aiovonage import encode
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.model import Model
from aiovonage._core.codec.type_inspection import ShapeError


@attrs.define(kw_only=True, repr=False)
class Leaf(Model):
    name: str


@attrs.define(kw_only=True, repr=False)
class Tree(Model):
    leaves: list[Leaf] | None = None
    subtree: Tree | None = None
    planted: datetime | None = attrs.field(default=None, metadata={"format": "date-time"})
    measured: datetime | None = attrs.field(default=None, metadata={"format": "date-time-local"})


def test_a_traceback_shows_the_source_of_a_generated_reader() -> None:
    with pytest.raises(ShapeError) as raised:
        Codec().hook(Tree)("oak", Tree)
    linecache.checkcache()  # as `traceback` does before it prints
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    assert "reader of tests.core.test_generated_source.Tree" in last.filename
    assert last.line == "raise unexpected('Tree, an object,', o)"


def test_codecs_that_read_alike_share_one_source() -> None:
    def sources() -> int:
        return sum("reader of tests.core.test_generated_source.Leaf" in name for name in linecache.cache)

    Codec().hook(Leaf)
    before = sources()
    Codec().hook(Leaf)
    assert sources() == before


def test_a_source_is_compiled_once_for_all_codecs() -> None:
    first, second = Codec().hook(Leaf), Codec().hook(Leaf)
    assert first is not second, "each notes what it does not know in its own codec"
    assert first.__code__ is second.__code__


def test_models_that_hold_their_own_kind_are_sent() -> None:
    tree = Tree(leaves=[Leaf(name="a"), Leaf(name="b", extra={"colour": "red"})], subtree=Tree(leaves=[]))
    assert encode(tree) == {
        "leaves": [{"name": "a"}, {"colour": "red", "name": "b"}],
        "subtree": {"leaves": []},
    }


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "2020-01-02T03:04:05Z"),
        (datetime(2020, 1, 2, 3, 4, 5, 120000, tzinfo=UTC), "2020-01-02T03:04:05.120Z"),
        (datetime(2020, 1, 2, 3, 4, 5, 1, tzinfo=UTC), "2020-01-02T03:04:05.000001Z"),
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        (datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-5))), "2020-01-02T03:04:05-05:00"),
        (datetime(1, 1, 2, 3, 4, 5, tzinfo=UTC), "0001-01-02T03:04:05Z"),
    ],
)
def test_a_date_and_time_is_sent_as_rfc_3339(moment: datetime, expected: str) -> None:
    assert encode(Tree(planted=moment)) == {"planted": expected}


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2020, 1, 2, 3, 4, 5), "2020-01-02 03:04:05"),
        (datetime(999, 1, 2, 3, 4, 5), "0999-01-02 03:04:05"),
        (datetime(2020, 1, 2, 3, 4, 5, 120000), "2020-01-02 03:04:05.120000"),
        (datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=-5))), "2020-01-02 08:04:05"),
    ],
)
def test_a_date_and_time_without_zone_is_sent_with_a_space(moment: datetime, expected: str) -> None:
    assert encode(Tree(measured=moment)) == {"measured": expected}
