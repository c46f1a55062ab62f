"""A worker of the storm, as a process of its own. With `--without-fence` it trusts that its leases last."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any, Literal

from aiovonage import Throttle, Vonage
from aiovonage.jobs import Jobs


def take_the_fence_away() -> None:
    """What engines do that have no lease, or a lease and no token: a task that runs is believed to be the only one."""
    from aiovonage.jobs._lease import Lease
    from aiovonage.jobs._postgres import work

    work._FENCE = (
        "WITH fence AS MATERIALIZED (SELECT job, number FROM aiovonage_unit WHERE job = %(job)s AND number = %(unit)s "
        "AND %(token)s > 0)"
    )
    work._UNDECIDED = "n.status < 100"
    Lease.check = lambda self: None  # type: ignore[method-assign]
    Lease.left = property(lambda self: 1.0)  # type: ignore[assignment,method-assign]
    original = work.renew

    async def renew(line: Any, units: Any, pulse: Any) -> Any:
        found = await original(line, units, pulse)
        from aiovonage.jobs import State

        return {unit.name: found.get(unit.name, State.RUNNING) for unit in units}

    work.renew = renew


async def main(dsn: str, url: str, secret: str, lease: float, name: str) -> None:
    """Work until nothing is left."""
    async with Vonage(
        api_key="abcd1234", api_secret=secret, base_url=url, throttle=Throttle(rate=60.0), timeout=10.0
    ) as vonage:
        engine: Literal["procrastinate"] | None = "procrastinate" if "--procrastinate" in sys.argv else None
        await Jobs(dsn).work(vonage, drain=True, lease=lease, name=name, concurrency=16, engine=engine)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if "--without-fence" in sys.argv:
        take_the_fence_away()
    given = sys.argv[1:6]
    asyncio.run(main(given[0], given[1], given[2], float(given[3]), given[4]))
