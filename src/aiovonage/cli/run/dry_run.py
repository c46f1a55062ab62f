"""The dry run: reads the rows and the journal as a run would, without sending anything."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from aiovonage._core.operation import check_parameter
from aiovonage.bulk import Journal, JournalError, Status
from aiovonage.bulk._journal.writer import Claim, Claimed, JournalWriter, text_of
from aiovonage.bulk._targets import Target

if TYPE_CHECKING:
    from aiovonage.cli.files.understanding import Row
    from aiovonage.cli.run.feed import Feed
    from aiovonage.cli.run.plan import Plan

CHUNK = 512

_KNOWN = frozenset({"job", "brand", "campaign", "country", "engagement"})
"""The parts of a run's identity that are known without credentials."""

SHOWN_LINES = 10
"""The most lines that are listed for one reason."""


@attrs.define
class Reason:
    """The rows that would not be sent for one reason.

    Attributes:
        count: How many.
        first: The first of them: line and value.
    """

    count: int = 0
    first: list[tuple[int, str]] = attrs.field(factory=list)

    def add(self, line: int, given: str) -> None:
        """Add a row."""
        self.count += 1
        if len(self.first) < SHOWN_LINES:
            self.first.append((line, given))


@attrs.define
class Forecast:
    """What would happen to the rows.

    Attributes:
        numbers: The number of rows with numbers.
        send: How many numbers would be sent.
        settle: How many an earlier run may have sent, and would be looked up first.
        done: How many already have an outcome in the journal, by status.
        reasons: The rows that are not valid numbers, by reason.
        invalid: All of them: line, value, reason. Only filled on request.
        duplicates: The rows that repeat a number.
        duplicate: All of these numbers. Only filled on request.
        national: The count of numbers without their country code.
        national_first: The first of them: line, value, and the number it is read as.
        targets: How many numbers would be sent to each campaign.
        pending: The numbers that would be sent, to ask the API about them. Only filled on request.
    """

    numbers: int = 0
    send: int = 0
    settle: int = 0
    done: Counter[str] = attrs.field(factory=Counter)
    reasons: dict[str, Reason] = attrs.field(factory=dict)
    invalid: list[tuple[int, str, str]] = attrs.field(factory=list)
    duplicates: Reason = attrs.field(factory=Reason)
    duplicate: list[tuple[int, str]] = attrs.field(factory=list)
    national: int = 0
    national_first: list[tuple[int, str, int]] = attrs.field(factory=list)
    targets: Counter[Target] = attrs.field(factory=Counter)
    pending: list[tuple[int, Target]] = attrs.field(factory=list)

    @property
    def invalid_count(self) -> int:
        """How many rows are not valid numbers."""
        return sum(reason.count for reason in self.reasons.values())


def request_line(plan: Plan, base_url: str | None) -> str:
    """Method and URL of the request, with names in braces for values that differ by row.

    Raises:
        InvalidValue: if the request cannot be made, for example because an id is empty.
    """
    from aiovonage.api.operations import OPERATIONS

    operation = OPERATIONS[plan.operation]
    for parameter, value in zip(operation.path_parameters, plan.path, strict=False):
        check_parameter(operation.id, parameter, value)
    rest = [parameter.name for parameter in operation.path_parameters[len(plan.path) :]]
    marks = [f"QQ{index}QQ" for index, _ in enumerate(rest)]
    path = operation.url_path((*plan.path, *marks))
    for mark, name in zip(marks, rest, strict=True):
        path = path.replace(mark, f"{{{name}}}")
    return f"{operation.method} {(base_url or operation.host).rstrip('/')}{path}"


def forecast(
    feed: Feed, plan: Plan, *, journal: Path | None, retry: frozenset[Status], keep: bool, pend: bool
) -> Forecast:
    """Read the whole input and the journal. No file is changed.

    Args:
        feed: The rows.
        plan: The plan of the run.
        journal: The journal of the run.
        retry: Statuses whose numbers would be sent again.
        keep: Whether to keep all rows that would not be sent, rather than the first ones.
        pend: Whether to keep all numbers that would be sent.

    Raises:
        FileError: if the input cannot be read.
        JournalError: if the journal cannot be used for the run.
    """
    found = Forecast()
    rows = iter(feed.file)
    with _journal(journal, plan, retry) as (writer, recorded):
        while chunk := list(islice(rows, CHUNK)):
            feed.require_targets()
            _add(found, chunk, feed, writer, recorded, keep=keep, pend=pend)
    return found


def _add(
    found: Forecast,
    chunk: list[Row],
    feed: Feed,
    writer: JournalWriter,
    recorded: Journal | None,
    *,
    keep: bool,
    pend: bool,
) -> None:
    targets = [feed.addressing.of(row) for row in chunk]
    pairs = [(row.given, target) for row, target in zip(chunk, targets, strict=True) if isinstance(target, Target)]
    claims = iter(writer.claim(pairs))
    done: dict[Target, list[int]] = {}
    before = found.send + found.settle
    found.numbers += len(chunk)
    for row, target in zip(chunk, targets, strict=True):
        if isinstance(target, str):
            _invalid(found, row.line, "" if row.given is None else str(row.given), target, keep=keep)
            continue
        claimed = next(claims)
        number = claimed.number
        if number is None:
            _invalid(found, row.line, claimed.given, claimed.reason or "", keep=keep)
            continue
        if claimed.claim is Claim.REPORT:
            found.duplicates.add(row.line, str(number))
            if keep:
                found.duplicate.append((row.line, str(number)))
        elif claimed.claim is Claim.SKIP:
            done.setdefault(target, []).append(number)
        else:
            if feed.addressing.target is None:
                found.targets[target] += 1
            _pending(found, row, claimed, number, target, pend=pend)
    if feed.addressing.target is not None and found.send + found.settle > before:
        found.targets[feed.addressing.target] += found.send + found.settle - before
    for target, numbers in done.items():
        outcomes = (
            recorded.outcomes_of(numbers, target.brand_id or None, target.campaign_id or None) if recorded else {}
        )
        for number in numbers:
            outcome = outcomes.get(number)
            found.done[str(outcome.status) if outcome is not None else str(Status.DUPLICATE)] += 1


def _pending(found: Forecast, row: Row, claimed: Claimed, number: int, target: Target, *, pend: bool) -> None:
    if claimed.claim is Claim.RECONCILE:
        found.settle += 1
    else:
        found.send += 1
    given = text_of(row.given)
    if _lacks_code(given, number):
        found.national += 1
        if len(found.national_first) < SHOWN_LINES:
            found.national_first.append((row.line, given, number))
    if pend:
        found.pending.append((number, target))


def _lacks_code(given: str, number: int) -> bool:
    """Whether a number was written without its country code."""
    digits = str(number)
    if given == digits or given[:1] == "+":
        return False  # true of most numbers
    return sum(char.isdecimal() for char in re.sub(r"[.,]0+$", "", given)) < len(digits)


def _invalid(found: Forecast, line: int, given: str, reason: str, *, keep: bool) -> None:
    found.reasons.setdefault(reason, Reason()).add(line, given)
    if keep:
        found.invalid.append((line, given, reason))


@contextmanager
def _journal(
    journal: Path | None, plan: Plan, retry: frozenset[Status]
) -> Iterator[tuple[JournalWriter, Journal | None]]:
    """A writable copy of the journal, and a reader of it if there is a journal."""
    if journal is None or not journal.exists():
        with closing(JournalWriter(None, plan.run)) as writer:
            yield writer, None
        return
    with tempfile.TemporaryDirectory(prefix="aiovonage-") as folder:
        copy = Path(folder) / journal.name  # SQLite creates files beside a journal even to read it
        for suffix in ("", "-wal"):
            source = Path(f"{journal}{suffix}")
            if source.exists():
                shutil.copyfile(source, f"{copy}{suffix}")
        try:
            recorded = Journal(copy)
            _refuse_another(recorded, plan)
            with closing(JournalWriter(copy, {**recorded.run, **plan.run}, retry=retry)) as writer:
                yield writer, recorded
        except JournalError as error:
            raise JournalError(str(error).replace(str(copy), str(journal))) from None


def _refuse_another(recorded: Journal, plan: Plan) -> None:
    """Check that the journal belongs to this run. A dry run has no credentials, so the account is not compared.

    Raises:
        JournalError: if it belongs to another run.
    """
    known = {name: value for name, value in recorded.run.items() if name in _KNOWN}
    if known != plan.run:
        raise JournalError(
            f"{recorded.path} is the journal of another run: of {_words(known)}, not of {_words(plan.run)}"
        )


def _words(run: dict[str, str]) -> str:
    target = ", ".join(f"{name} {value}" for name, value in sorted(run.items()) if name != "job")
    return f"{run.get('job')} ({target})" if target else f"{run.get('job')}"
