"""What is shown while a run goes on."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from aiovonage.bulk import Status, Summary
from aiovonage.bulk._jobs.wanted import wanted
from aiovonage.cli.run import progress
from aiovonage.cli.run.progress import Estimate, State, display


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("aiovonage.cli.run.progress.time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def text(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_without_a_terminal_there_are_plain_lines(clock: list[float]) -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    shown = display(console, 100, quiet=False)
    shown.update(State(summary=Summary(counts={"added": 10}, finished=10)))
    clock[0] = 2.0
    summary = Summary(counts={"added": 30, "failed": 1, "invalid": 1}, elapsed=2.0, finished=32)
    shown.update(State(summary=summary, note="rate limited, 3 s"))
    shown.close()
    assert text(console) == "32 of 100: 30 added, 1 failed, 1 invalid, 11/s, 6 s left (rate limited, 3 s)\n"


def test_an_invalid_line_is_not_counted_as_failed(clock: list[float]) -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    shown = display(console, 3, quiet=False)
    clock[0] = 5.0
    shown.update(State(summary=Summary(counts={"accepted": 2, "invalid": 1}, finished=3)))
    assert "1 invalid" in text(console)
    assert "failed" not in text(console)


def test_there_is_a_bar_for_each_phase() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=160)
    shown = display(console, 100, quiet=False)
    counts = {"accepted": 30, "linked": 20, "rejected": 1, "duplicate": 5}
    summary = Summary(counts=counts, following=30, finished=26, wanted=wanted("link_numbers", "approved"))
    shown.update(State(summary=summary, decided=21, note="rate limited"))
    shown.close()
    for words in ("sending", "56/100", "30 waiting for the carriers", "20 linked", "1 rejected", "rate limited"):
        assert words in text(console)
    for words in ("carriers", "21/51", "decided by the carriers"):
        assert words in text(console)


def test_there_is_no_estimate_before_there_is_one_to_give() -> None:
    estimate = Estimate(1000)
    assert estimate.left(Summary(counts={}, finished=0), 0.0) is None
    assert estimate.left(Summary(counts={"linked": 1}, finished=1), 0.5) is None
    assert estimate.left(Summary(counts={"linked": 90}, finished=90), 1.0) is None
    assert estimate.left(Summary(counts={"linked": 301}, finished=301), 3.5) == pytest.approx(7.0, abs=0.1)


def test_on_resuming_only_this_run_counts() -> None:
    estimate = Estimate(1000)
    before = {"linked": 500}  # of earlier runs, in the journal
    assert estimate.left(Summary(counts=before, finished=0), 0.0) is None
    assert estimate.left(Summary(counts={"linked": 501}, finished=1), 1.0) is None
    left = estimate.left(Summary(counts={"linked": 551}, finished=51), 6.0)
    assert left == pytest.approx(45, abs=1)


def test_a_status_is_good_or_bad_by_what_the_run_is_for() -> None:
    assert str(Status.ACCEPTED) in progress.counts(Summary(counts={"accepted": 3}))
    waiting = Summary(counts={"accepted": 3}, following=3)
    assert progress.counts(waiting) == "3 waiting for the carriers"
