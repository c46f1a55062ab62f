"""What a history consists of, drawn from its seed."""

from __future__ import annotations

import random
from math import inf

import attrs

BRAND, CAMPAIGN, SECOND, OTHER = "BLQKOPK", "C1DEB879", "CSECOND", "COTHER"
ENGAGEMENT, OTHER_ENGAGEMENT = "C1DEB879", "CELSE"

JOBS = ("link",) * 7 + ("unlink",) * 3 + ("rows", "sync", "check", "add", "remove", "add", "remove")
"""The jobs, as often as they are played: `rows` links rows of two campaigns."""

INPUTS = ("list", "generator", "async", "slow")
"""How the input comes: `slow` is an async generator that waits for a while now and then."""

FAULTS = (
    "error",  # 500 or 503 of the API, not carried out
    "error_after",  # 502 or 504 of a gateway: carried out, the answer did not come through
    "refused",  # no connection
    "dropped",  # the connection breaks before the request is carried out
    "lost",  # ... and after
    "silent",  # no answer; not carried out
    "silent_after",  # no answer; carried out
    "garbled",  # carried out, but half of the answer is missing
    "late",  # the request arrives when the client may have given up
    "throttled",  # 429, though the rate admits it
    "login",  # a gateway redirects to a login page
    "page",  # ... or gives the page itself, with status 200
    "missing_page",  # 404 of a gateway, as HTML
    "missing_json",  # ... and as its own JSON
    "forbidden_page",  # 403 of a gateway, as HTML or JSON
    "proxy_auth",  # 407
    "timeout",  # 408
    "early",  # 425
)
NOT_OF_THE_API = frozenset({"login", "page", "missing_page", "missing_json", "forbidden_page", "proxy_auth", "early"})
"""Answers of somebody who has not passed the request on."""

OUTAGES = (
    "refused",
    "error",
    "silent",
    "login",
    "page",
    "missing_json",
    "forbidden_page",
    "throttled",
    "unauthorized",  # 401 of the API: the secret is being changed
)

STOPS = ("crash_at", "crash_at_request", "crash_in_write", "crash_at_outcome", "stop", "break", "cancel")
"""How a life may end before its time."""


@attrs.frozen(kw_only=True)
class Rules:
    """How the world works.

    Attributes:
        decide: Seconds until the carriers decide, at least and at most.
        reject: The share of numbers that they reject.
        never: The share that they never decide.
        words: The words for it: those of the document, or those of the live API.
        visible_after: Seconds until GET and lists show what a POST has done.
        gone_after: Seconds until they show that a number has gone.
        unlinking: Seconds from a DELETE to its effect.
        shows_unlinked: Seconds for which a number that is gone is shown as such.
        number_format: How lists write numbers.
        most_per_page: How many items a page holds at most.
        newest_first: Whether lists begin with what came last.
        relink_rejected: Whether a number that the carriers rejected can be linked again.
        refused: The API refuses these numbers.
        odd: GET answers this status for these numbers.
        elsewhere: These belong to another campaign or engagement.
        before: These are where they should be before the run begins.
        inactive: From when to when the campaign is not active.
        inactive_status: What the API answers then.
        batch_body: What the answer to a batch says: of each number, of the refused ones, or nothing.
        rate: Requests a second; None for no limit.
    """

    decide: tuple[float, float] = (0.0, 0.0)
    reject: float = 0.0
    never: float = 0.0
    words: str = "document"
    visible_after: float = 0.0
    gone_after: float = 0.0
    unlinking: float = 0.0
    shows_unlinked: float = 0.0
    number_format: str = "plain"
    most_per_page: int = 100
    newest_first: bool = False
    relink_rejected: bool = False
    refused: frozenset[str] = frozenset()
    odd: dict[str, int] = attrs.field(factory=dict)
    elsewhere: frozenset[str] = frozenset()
    before: tuple[str, ...] = ()
    inactive: tuple[float, float] = (inf, inf)
    inactive_status: int = 409
    batch_body: str = "all"
    rate: float | None = None


@attrs.frozen(kw_only=True)
class Weather:
    """How the network behaves.

    Attributes:
        latency: Seconds one way, at least and at most.
        shares: The share of requests that go wrong, by how.
        outages: From when to when all requests go wrong, and how.
    """

    latency: tuple[float, float] = (0.01, 0.1)
    shares: dict[str, float] = attrs.field(factory=dict)
    outages: tuple[tuple[float, float, str], ...] = ()


@attrs.frozen(kw_only=True)
class Stop:
    """How a life of the client ends, if it has not ended before.

    Attributes:
        kind: One of `STOPS`.
        at: After how many seconds, requests, writes or outcomes.
        torn: Whether the power went, so that what was being written may be there in part.
        gap: Seconds until the same call is made again.
    """

    kind: str
    at: float
    torn: bool
    gap: float


@attrs.frozen(kw_only=True)
class Plan:
    """A history.

    Attributes:
        seed: What it was drawn from.
        job: What is done.
        until: Whether links are followed until the carriers have decided.
        removes: Whether a synchronisation unlinks what is not in the input.
        entries: The input: numbers, repeated ones, and junk.
        input: How it comes.
        parts: How much of it the lives before the last one get, in another order each.
        second: The numbers that go to the second campaign.
        retry: Statuses that are taken up again in one more life, when all is done.
        rules: How the world works.
        weather: How the network behaves.
        stops: How the lives before the last one end.
        others: When another actor does something to which number.
        sandbox: Whether the package's sandbox is the server.
        concurrency: An argument of the run, as are those below.
        batch_size: For engagements.
        patience: For the carriers.
        max_refusals: Alike refusals in a row that end a run.
        timeout: Seconds for a request; an argument of the client.
        pauses: Whether the consumer takes its time with outcomes.
        is_small: Whether the jobs' queues and chunks hold two or three numbers.
    """

    seed: int
    job: str
    until: str
    removes: bool
    entries: tuple[str, ...]
    input: str
    parts: float
    second: frozenset[str]
    retry: tuple[str, ...]
    rules: Rules
    weather: Weather
    stops: tuple[Stop, ...]
    others: tuple[tuple[float, str], ...]
    sandbox: bool
    concurrency: int
    batch_size: int
    patience: float
    max_refusals: int
    timeout: float
    pauses: bool
    is_small: bool

    @property
    def is_engagement(self) -> bool:
        """Whether it is about an engagement, not a campaign."""
        return self.job in {"add", "remove"}

    @property
    def follows(self) -> bool:
        """Whether accepted numbers are followed."""
        return self.job in {"unlink", "sync"} or (self.job in {"link", "rows"} and self.until == "approved")

    def place(self, number: str) -> str:
        """Where a number is to be brought, or taken from."""
        return ENGAGEMENT if self.is_engagement else SECOND if number in self.second else CAMPAIGN

    def away(self) -> str:
        """Where it may be instead."""
        return OTHER_ENGAGEMENT if self.is_engagement else OTHER

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the input, each once."""
        return tuple(dict.fromkeys(entry for entry in self.entries if entry.isdigit()))


def draw(seed: int) -> Plan:
    """The history of a seed."""
    dice = random.Random(seed)
    job = dice.choice(JOBS)
    count = dice.choice([1, 2, 3, 4, 5, 6, 8, 12])
    numbers = [f"1202555{n:04}" for n in dice.sample(range(100, 1000), count)]
    is_restless = dice.random() < (0.4 if job in {"remove", "unlink"} else 0.1)
    extra_count = 12 if is_restless else dice.choice([0, 0, 2, 7])
    extra = [f"1305555{n:04}" for n in dice.sample(range(100, 1000), extra_count)]
    entries = _entries(numbers, dice)
    others = _churn(extra, dice) if is_restless else _others([*numbers, *extra], dice)
    removes = job == "sync" and dice.random() < 0.5 and "junk" not in entries  # or nothing is removed
    return Plan(
        seed=seed,
        job=job,
        until=dice.choice(["accepted", "approved", "approved"]),
        removes=removes,
        entries=entries,
        input=dice.choice(INPUTS),
        parts=1.0 if removes else dice.choice([1.0, 1.0, 0.5]),  # what is not in a part would be removed
        second=frozenset(number for number in numbers if job == "rows" and dice.random() < 0.4),
        retry=dice.choice([(), (), ("failed",), ("failed", "rejected", "conflict")]),
        rules=_rules(numbers, extra, job, dice),
        weather=_weather(dice),
        stops=tuple(_stop(dice) for _ in range(dice.choice([0, 0, 1, 1, 2, 3]))),
        others=others,
        sandbox=dice.random() < 0.3,
        concurrency=dice.choice([1, 2, 3, 8, 64]),
        batch_size=dice.choice([1, 2, 3, 5, 100]),
        patience=dice.choice([5.0, 60.0, 600.0, 129_600.0, 129_600.0]),
        max_refusals=dice.choice([1, 2, 5, 100, 100, 100]),
        timeout=dice.choice([2.0, 5.0, 30.0]),
        pauses=not others and dice.random() < 0.2,  # an outcome of another actor's number would be out of date
        is_small=dice.random() < 0.4,
    )


def _entries(numbers: list[str], dice: random.Random) -> tuple[str, ...]:
    entries = list(numbers)
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        entries.insert(dice.randrange(len(entries) + 1), dice.choice([*numbers, "junk"]))
    return tuple(entries)


def _rules(numbers: list[str], extra: list[str], job: str, dice: random.Random) -> Rules:
    def some(most: float) -> frozenset[str]:
        share = dice.choice([0.0, 0.0, most * dice.random()])
        return frozenset(number for number in numbers if dice.random() < share)

    there = {"unlink": 0.9, "remove": 0.9, "check": 0.7}.get(job, 0.3)
    elsewhere, refused = some(0.5), some(0.6)
    away = elsewhere if job == "remove" else elsewhere | refused  # what is refused cannot have been linked
    before = [number for number in numbers if number not in away and dice.random() < there * dice.random() ** 0.3]
    before += extra
    dice.shuffle(before)
    begins = dice.choice([0.0, dice.uniform(0.0, 5.0)])
    decide = dice.choice([(0.0, 0.0), (0.0, 3.0), (0.5, 4.0), (5.0, 90.0), (600.0, 7200.0), (3600.0, 86_400.0)])
    return Rules(
        decide=decide,
        reject=dice.choice([0.0, 0.05, 0.3, 1.0 * (dice.random() < 0.2)]),
        never=dice.choice([0.0, 0.0, 0.1]),
        words=dice.choice(["document", "live"]),
        visible_after=dice.choice([0.0, 0.0, 0.5, 3.0]),
        gone_after=dice.choice([0.0, 0.0, 0.0, 3.0]),
        unlinking=dice.choice([0.0, 0.0, 2.0, 20.0]),
        shows_unlinked=dice.choice([0.0, 0.0, 5.0]),
        number_format=dice.choice(["plain", "plain", "plus", "spaces", "int", "object"]),
        most_per_page=dice.choice([1, 3, 100]),
        newest_first=dice.random() < 0.3,
        relink_rejected=dice.random() < 0.5,
        refused=refused,
        odd={number: dice.choice([422, 403]) for number in some(0.4)},
        elsewhere=elsewhere,
        before=tuple(before),
        inactive=(begins, begins + dice.choice([1.0, 30.0])) if dice.random() < 0.05 else (inf, inf),
        inactive_status=dice.choice([409, 422, 403]),
        batch_body=dice.choice(["all", "all", "refused", "nothing"]),
        rate=dice.choice([None, None, 5.0, 20.0]),
    )


def _weather(dice: random.Random) -> Weather:
    kinds = dice.sample(FAULTS, dice.choice([0, 1, 1, 2, 4, 8]))
    total = dice.choice([0.05, 0.2, 0.5])
    outages: list[tuple[float, float, str]] = []
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        begins = dice.choice([0.0, dice.uniform(0.0, 3.0), dice.uniform(0.0, 60.0)])
        outages.append((begins, begins + dice.choice([2.0, 15.0, 120.0]), dice.choice(OUTAGES)))
    return Weather(
        latency=dice.choice([(0.001, 0.002), (0.01, 0.1), (0.05, 0.6)]),
        shares={kind: total / len(kinds) for kind in kinds},
        outages=tuple(outages),
    )


def _stop(dice: random.Random) -> Stop:
    kind = dice.choice((*STOPS, "crash_at", "crash_in_write", "crash_in_write"))
    if kind == "crash_at":
        at = dice.choice([dice.uniform(0.0, 0.3), dice.uniform(0.0, 3.0), dice.uniform(0.0, 60.0)])
    elif kind == "crash_in_write":
        at = float(dice.randrange(1, 16))
    else:
        at = float(dice.choice([1, 2, 3, dice.randrange(1, 12), dice.randrange(1, 40)]))
    return Stop(
        kind=kind,
        at=at,
        torn=dice.random() < 0.7,
        gap=dice.choice([0.0, 0.1, 2.0, dice.uniform(0.0, 60.0), 3600.0, 90_000.0]),
    )


def _others(numbers: list[str], dice: random.Random) -> tuple[tuple[float, str], ...]:
    times = dice.choice([0, 0, 0, 1, 2, 4, 8])
    return tuple((dice.uniform(0.0, 6.0), dice.choice(numbers)) for _ in range(times))


def _churn(extra: list[str], dice: random.Random) -> tuple[tuple[float, str], ...]:
    """What keeps lists changing while they are read, though nobody but the client touches the input."""
    return tuple((dice.uniform(0.0, 20.0), dice.choice(extra)) for _ in range(80))
