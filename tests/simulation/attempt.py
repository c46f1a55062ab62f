"""One call of a job, with all that it needs."""

from __future__ import annotations

import inspect
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from aiovonage import Vonage
from aiovonage.bulk import BulkRun
from tests.simulation.clock import Clock
from tests.simulation.inputs import input_of
from tests.simulation.mutants import Client
from tests.simulation.network import Network
from tests.simulation.plan import BRAND, CAMPAIGN, ENGAGEMENT, Plan, Stop


@attrs.frozen(kw_only=True)
class Attempt:
    """One call.

    Attributes:
        plan: The history.
        stop: How it ends, if it has not ended before.
        entries: The input.
        retry: Statuses that are taken up again.
        journal: The journal's file.
        network: What the client sends over.
        clock: The time.
        dice: For what is random in it.
        client: What stands between the run and the rest.
    """

    plan: Plan
    stop: Stop | None
    entries: Sequence[str]
    retry: tuple[str, ...]
    journal: Path
    network: Network
    clock: Clock
    dice: random.Random
    client: Client


def start(vonage: Vonage, attempt: Attempt) -> BulkRun:
    """Make the call."""
    plan = attempt.plan
    bulk: Any = vonage.bulk
    max_refusals = None if attempt.retry else plan.max_refusals  # or it would stop at the same numbers again and again
    options = {
        "journal": attempt.journal,
        "concurrency": plan.concurrency,
        "max_refusals": max_refusals,
        "patience": plan.patience,
        "retry": attempt.retry,
        "until": plan.until,
        "batch_size": plan.batch_size,
        "remove": plan.removes,
    }
    jobs: dict[str, tuple[Any, tuple[str, ...]]] = {
        "link": (bulk.link_numbers, (BRAND, CAMPAIGN)),
        "rows": (bulk.link, ()),
        "unlink": (bulk.unlink_numbers, (BRAND, CAMPAIGN)),
        "sync": (bulk.sync_numbers, (BRAND, CAMPAIGN)),
        "check": (bulk.check_numbers, (BRAND, CAMPAIGN)),
        "add": (bulk.add_numbers, (ENGAGEMENT,)),
        "remove": (bulk.remove_numbers, (ENGAGEMENT,)),
    }
    job, target = jobs[plan.job]
    known = inspect.signature(job).parameters
    given = input_of(plan, attempt.entries, attempt.dice)
    run: BulkRun = job(*target, given, **{name: options[name] for name in options if name in known})
    return run
