"""When the fast path is taken: for much data of a type, and not for values that it does not suit."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aiovonage import DecodeError
from aiovonage._core.codec.codec import Codec
from aiovonage._core.codec.collector import paused_collector
from aiovonage._core.codec.fast_path import UNDONE, FastPath
from aiovonage.api.ten_dlc import Brand, BrandPage


class Halving:
    """A function for even numbers, which counts how often it is called."""

    def __init__(self) -> None:
        self.generated: list[Any] = []
        self.calls = 0

    def generate(self, type_: Any) -> Any:
        self.generated.append(type_)
        return self.halve

    def halve(self, value: int) -> int:
        self.calls += 1
        if value % 2:
            raise ValueError(value)
        return value // 2


def warmed(halving: Halving) -> FastPath:
    path = FastPath(halving.generate, 0)
    path.count(int, 1)
    return path


def test_a_type_is_fast_after_so_many_bytes_of_it() -> None:
    halving = Halving()
    path = FastPath(halving.generate, 100)
    assert path.take(int, 4) is UNDONE
    path.count(int, 60)
    path.count(str, 60)
    path.count(int, 40)
    assert (path.take(int, 4), halving.generated) == (UNDONE, [])
    path.count(int, 1)
    assert (path.take(int, 4), halving.generated) == (2, [int])
    assert path.take(str, 4) is UNDONE


def test_a_type_that_fails_again_and_again_is_tried_ever_less_often() -> None:
    halving = Halving()
    path = warmed(halving)
    assert all(path.take(int, 1) is UNDONE for _ in range(1000))
    assert halving.calls <= 7 + 1000 / 64
    assert any(path.take(int, 2) == 1 for _ in range(65))
    assert all(path.take(int, 2) == 1 for _ in range(10))


def test_one_failure_costs_one_more_value_the_usual_way() -> None:
    path = warmed(Halving())
    for _ in range(10):
        assert path.take(int, 1) is UNDONE
        assert path.take(int, 2) is UNDONE
        assert path.take(int, 2) == 1


def test_a_type_that_has_no_fast_path_is_read_without(monkeypatch: pytest.MonkeyPatch) -> None:
    codec = Codec(warm=0)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "msgspec", None)  # as when no file descriptor is left for the import
        for _ in range(3):
            assert codec.decode_bytes(Brand, b'{"brand_id": "B"}') == Brand(brand_id="B")
            assert codec.encode_bytes(Brand(brand_id="B")) == b'{"brand_id":"B"}'
    for _ in range(3):
        assert codec.decode_bytes(Brand, b'{"brand_id": "B"}') == Brand(brand_id="B")


@pytest.fixture
def collecting() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if enabled else gc.disable)()


@pytest.mark.usefixtures("collecting")
@pytest.mark.parametrize(("size", "runs"), [(100, True), (100_000, False)])
def test_the_collector_is_paused_for_a_large_body_only(size: int, runs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    codec, seen = Codec(), []
    # A scalar of another type is logged while the body is read.
    monkeypatch.setattr("aiovonage._core.codec.codec.logger.warning", lambda *_: seen.append(gc.isenabled()))
    codec.decode_bytes(Brand, b'{"brand_id": "B", "campaign_count": "5"}' + b" " * size)
    assert seen == [runs]
    assert gc.isenabled()


@pytest.mark.usefixtures("collecting")
def test_a_collector_that_somebody_has_turned_off_stays_off() -> None:
    gc.disable()
    with paused_collector():
        pass
    assert not gc.isenabled()


@pytest.mark.usefixtures("collecting")
def test_the_collector_goes_on_after_a_body_that_cannot_be_read() -> None:
    with pytest.raises(DecodeError):
        Codec().decode_bytes(BrandPage, b" " * 100_000)
    assert gc.isenabled()
