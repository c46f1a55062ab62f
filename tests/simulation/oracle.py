"""The oracle: sees what the world has recorded, and judges each life of the client by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from aiovonage.bulk import Journal, LinkOutcome, RunStopped
from aiovonage.errors import VonageError
from tests.simulation import disk
from tests.simulation.claims import Claims
from tests.simulation.life import Life
from tests.simulation.network import Exchange
from tests.simulation.plan import Plan
from tests.simulation.repeats import repeats
from tests.simulation.world import World

MOST_REQUESTS = 60
"""Requests of a life beyond those about its numbers: probes of a server that is out, and the campaign.

Lists are not counted, since one may have many pages, nor 429, since those ask when to come back.
"""

MOST_PER_NUMBER = 25
"""... and for each of its numbers: eight attempts, each with a look before it, and some looks for what shows late.

A few numbers that the carriers have not decided may be asked about one by one, twenty times and then once an hour. All
of it grows with the share of requests that go wrong.
"""

SLOWEST = 120.0
"""Seconds for a life in calm weather that does not follow what was accepted. Most take a few, or wait for what shows
late.
"""

_LINKED = frozenset({"linked", "already_linked"})
_WANTED: Mapping[str, frozenset[str]] = {
    "link": _LINKED,
    "rows": _LINKED,
    "sync": _LINKED,
    "check": frozenset({"linked"}),
    "unlink": frozenset({"unlinked", "not_linked"}),
    "add": frozenset({"added"}),
    "remove": frozenset({"removed"}),
}
"""The statuses of a number that is where the job should bring it; with `until="accepted"` that is one of them, too."""


@attrs.frozen
class Fault:
    """Something that must not be.

    Attributes:
        kind: In words that are the same for all of its kind.
        details: Of this one.
    """

    kind: str
    details: str


class Oracle:
    """Judges a history.

    Args:
        plan: The history.
        world: What is true.
        log: All requests.
        directory: Where journals are copied to be read.
        only_taken: Whether `linked` is read as no more than that the API took the number.
        several: Whether several processes work at once.

    Attributes:
        faults: What was wrong.
        retries: Whether some statuses are taken up again, whose outcomes may change.
    """

    def __init__(
        self,
        plan: Plan,
        world: World,
        log: Sequence[Exchange],
        directory: Path,
        *,
        only_taken: bool = False,
        several: bool = False,
    ) -> None:
        self.faults: dict[Fault, None] = {}
        self.retries: bool = False
        self._plan = plan
        self._world = world
        self._log = log
        self._directory = directory
        self._claims = Claims(plan, world, log, only_taken, several)
        self._lives = 0
        self._told: Counter[tuple[str, str]] = Counter()
        self._known: dict[str, str] = {}
        self._written: Counter[tuple[str, str]] = Counter()

    def judge_requests(self) -> None:
        """Judge all requests, when the history is over."""
        for number, reason in repeats(self._log, self._world):
            self.fault(reason, number)

    def judge(self, life: Life, files: disk.Files, name: str, *, is_calm: bool, is_whole: bool) -> None:
        """Judge a life when it is over.

        Args:
            life: The life.
            files: The journal's files as it has left them.
            name: The name of the journal itself.
            is_calm: Whether nothing went wrong on purpose.
            is_whole: Whether it has come to the end of the whole input.
        """
        self._lives += 1
        for exchange in self._log:
            exchange.ended = min(exchange.ended, life.ended)
        self._count(self._lives - 1)
        if life.end == "hung":
            self.fault("the run hangs", str(life.error))
        if life.left:
            self.fault("something goes on after the end", life.left[0])
        if life.lost and life.end not in {"crashed", "hung"}:
            self.fault("an error that nobody has taken", life.lost[0])
        if life.error is not None and not isinstance(life.error, VonageError) and life.end != "hung":
            self.fault(f"an error that is not ours: {type(life.error).__name__}", str(life.error))
        refused = isinstance(life.error, RunStopped) and "refused for the same reason" in str(
            life.error
        )  # as `max_refusals` says
        if is_calm and life.end == "raised" and not refused:
            self.fault(f"the run can't be finished: {type(life.error).__name__}", str(life.error))
        if is_calm:
            self._judge_calm(life)
        for told in life.told:
            self.judge_details(told.outcome)
            self.claim(told.outcome.number, str(told.outcome.status), told.at)
            self._told[told.outcome.number, str(told.outcome.status)] += 1
        self._judge_journal(life, files, name, is_whole=is_whole)

    def judge_details(self, outcome: LinkOutcome) -> None:
        """What an outcome says beside its status."""
        status, number = str(outcome.status), outcome.number
        wanted = _WANTED[self._plan.job] | ({"accepted"} if self._plan.until == "accepted" else set())
        if self._plan.job == "sync" and number not in self._plan.entries:
            wanted = _WANTED["unlink"]
        if self._plan.job in {"unlink", "check", "add", "remove"}:
            wanted = _WANTED[self._plan.job]
        if outcome.ok != (status in wanted):
            self.fault(f"{status} is {'' if outcome.ok else 'not '}ok", number)
        if not self._plan.is_engagement and outcome.campaign_id != self._plan.place(number):
            self.fault("an outcome names another campaign", f"{number}: {outcome.campaign_id}")
        if status in {"linked", "already_linked"} and outcome.carrier_status not in {"APPROVED", "LINKED"}:
            self.fault(f"{status}, and the carriers' word is {outcome.carrier_status}", number)

    def _judge_calm(self, life: Life) -> None:
        """In calm weather nothing fails, and nothing takes long."""
        for told in life.told:
            if told.outcome.status == "failed" and told.outcome.number not in self._plan.rules.odd:
                self.fault("failed in calm weather", told.outcome.number)
        if not (self._plan.follows or self._plan.pauses) and life.ended - life.began > SLOWEST:
            self.fault("it takes long in calm weather", f"{life.ended - life.began:.0f} s")

    def _count(self, number: int) -> None:
        """How many requests a life has sent."""
        sent = sum(e.life == number and e.kind != "list" and e.told != 429 for e in self._log)
        polls = 20 + self._plan.patience / 3600.0 if self._plan.follows else 0
        wrong = sum(self._plan.weather.shares.values()) + 0.2 * self._plan.sandbox  # the sandbox has faults of its own
        most = (MOST_REQUESTS + (MOST_PER_NUMBER + polls) * len(self._plan.numbers)) / (1.0 - wrong)
        if sent > most:
            self.fault("too many requests", f"{sent} in life {number}, of {most:.0f} at most")

    def claim(self, number: str, status: str, at: float) -> None:
        """Judge what is said of a number."""
        if fault := self._claims.fault(number, status, at):
            self.fault(fault, f"{number} at {at:.3f}")

    def _judge_journal(self, life: Life, files: disk.Files, name: str, *, is_whole: bool) -> None:
        written = self._read(life, files, name)
        if written is None:
            return
        known: dict[str, str] = {}
        for (number, status), times in written.items():
            if status == "duplicate":
                continue
            if number in known or (times > 1 and status != "invalid"):
                self.fault("the journal has two outcomes of a number", f"{number}: {status}")
            known[number] = status
            is_open = status == "accepted" and self._plan.follows  # it claims nothing yet
            if number not in self._known and (number, status) not in self._told and not is_open:
                self.claim(number, status, life.ended)  # recorded, but the run had no time to report it
        for number, status in self._known.items():
            may_change = status == "accepted" or (self.retries and status in self._plan.retry)
            if known.get(number) != status and not may_change:
                self.fault(f"a final outcome has changed: {status} to {known.get(number)}", number)
        self._known = known
        if life.end == "finished":
            told = Counter((told.outcome.number, str(told.outcome.status)) for told in life.told)
            for (number, status), times in (written - self._written - told).items():
                self.fault(f"recorded, but not reported: {status}", f"{number}: {times} times")
        self._written = written
        for (number, status), times in self._told.items():
            again = self._plan.follows if status == "accepted" else self.retries and status in self._plan.retry
            if times > written[number, status] and not again:
                kind = "reported more often than it is in the journal"
                self.fault(f"{kind}: {status}", f"{number}: {times} times, {written[number, status]} in the journal")
        if is_whole:
            self._complete(written, life)

    def _complete(self, written: Counter[tuple[str, str]], life: Life) -> None:
        if life.pending:
            self.fault("the run has ended, and calls numbers pending", str(life.pending))
        counts = Counter[str]()
        for (_, status), times in written.items():
            counts[status] += times
        if counts != Counter(life.counts):
            self.fault("the summary and the journal do not agree", f"{life.counts}, but {dict(counts)}")
        expected = Counter(self._plan.entries)
        found: Counter[str] = Counter()
        for (number, _), times in written.items():
            found[number] += times
        if missing := expected - found:
            self.fault("a number without an outcome", str(dict(missing)))
        extra = found - expected
        if (
            self._plan.job == "sync" and self._plan.removes
        ):  # what is not in the input is unlinked, and has an outcome too
            extra = Counter({number: times for number, times in extra.items() if number in expected})
        if extra:
            self.fault("an outcome too many", str(dict(extra)))

    def _read(self, life: Life, files: disk.Files, name: str) -> Counter[tuple[str, str]] | None:
        """What the journal says; None where there is none yet."""
        if not files.get(name):
            return None
        copy = self._directory / "read"
        disk.write(copy, files)
        try:
            return Counter((outcome.number, str(outcome.status)) for outcome in Journal(copy / name))
        except VonageError as error:
            if life.end != "crashed":
                self.fault("the journal can't be read", str(error))
            return None
        finally:
            for path in copy.iterdir():
                path.unlink()
            copy.rmdir()

    def fault(self, kind: str, details: str) -> None:
        """Note a fault."""
        self.faults[Fault(kind, details)] = None
