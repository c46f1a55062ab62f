"""A program that runs a job over numbers, to be killed: prints a line per outcome and, at its end, the summary."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

from aiovonage import Vonage
from aiovonage._core.retry import policy
from aiovonage._core.throttle.throttle import RequestQueue
from aiovonage.bulk import _work
from tests.bulk.campaign import BRAND, CAMPAIGN, numbers

ENGAGEMENT = "C1DEB879"


async def main(job: str, journal: str, count: int, transport: str) -> None:
    """Run; the client's settings come from the environment."""
    # These 429s come at random, whatever the pace; a throttle that looks for the rate behind them would take hours.
    RequestQueue.throttled = lambda *_: None  # type: ignore[method-assign]
    policy.BACKOFF_BASE, policy.BACKOFF_CAP = 0.02, 0.5  # a quarter of the requests fail: what matters is what follows
    _work.CHECK_AFTER = (0.0, 0.1, 0.3)  # what a request has done shows at once in this sandbox
    async with Vonage(timeout=5.0, transport=transport) as vonage:
        if job == "link_numbers":
            run = vonage.bulk.link_numbers(BRAND, CAMPAIGN, numbers(count), journal=journal)
        else:
            run = vonage.bulk.add_numbers(ENGAGEMENT, numbers(count), batch_size=25, journal=journal)
        async for outcome in run:
            sys.stdout.write(f"{outcome.number} {outcome.status} {time.monotonic()}\n")
            sys.stdout.flush()
        sys.stdout.write(f"summary {run.summary}\n")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background ignores it
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "httpx"))
