"""Following numbers until the carriers have approved them, beside linking them, through a transport in memory."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import attrs
import orjson

from aiovonage import Vonage
from aiovonage._core.http.protocol import Request, Response
from benchmarks.linking import ACCOUNT
from benchmarks.report import Row

HEADERS = [(b"Content-Type", b"application/json")]
FIRST = 12022000000


class _Campaign:
    """Accepts every number. The carriers have approved half of them when the list is first read, and then all."""

    def __init__(self) -> None:
        self.numbers: list[bytes] = []
        self.approved = 0
        self.requests = 0

    async def send(self, request: Request) -> Response:
        await asyncio.sleep(0)
        if request.method == "POST":
            number = orjson.loads(request.body)["number"].encode()
            self.numbers.append(number)
            return Response(202, HEADERS, _item(number, b"PENDING"))
        url = urlsplit(request.target)
        if not url.path.endswith("/numbers"):
            return Response(200, HEADERS, b'{"brand_id":"BLQKOPK","campaign_id":"C1DEB879","status":"ACTIVE"}')
        self.requests += 1
        query = parse_qs(url.query)
        return Response(200, HEADERS, self._page(int(query["page"][0]), int(query["page_size"][0])))

    async def aclose(self) -> None:
        pass

    def _page(self, page: int, size: int) -> bytes:
        total = len(self.numbers)
        if page == 1:
            self.approved = total if self.approved else total // 2
        places = range((page - 1) * size, min(page * size, total))
        items = [_item(self.numbers[place], b"APPROVED" if place < self.approved else b"PENDING") for place in places]
        head = b'{"page":%d,"page_size":%d,"total_pages":%d,"total_items":%d,"_embedded":{"numbers":['
        return head % (page, size, -(-total // size), total) + b",".join(items) + b"]}}"


def _item(number: bytes, status: bytes) -> bytes:
    return b'{"number":"%s","country":"US","status":"%s"}' % (number, status)


@attrs.frozen
class Cost:
    """What a run has cost.

    Attributes:
        seconds: Processor time for a number, in seconds.
        requests: Requests for a number, beside the one that links it.
    """

    seconds: float
    requests: float


async def _cost(numbers: int, until: Literal["accepted", "approved"]) -> Cost:
    campaign = _Campaign()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "links.db"
        async with Vonage(api_key=ACCOUNT[0], api_secret=ACCOUNT[1], transport=campaign) as vonage:
            given = (FIRST + index * 7 for index in range(numbers))
            began = time.process_time()
            run = vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", given, until=until, journal=path)
            async for outcome in run:
                assert outcome.ok, outcome
            seconds = time.process_time() - began
    return Cost(seconds / numbers, campaign.requests / numbers)


def run(numbers: int) -> list[Row]:
    """Measure. The run waits 8 and 16 seconds before it reads the list."""
    asyncio.run(_cost(500, "accepted"))  # imports, and code that is generated at its first use
    linking = asyncio.run(_cost(numbers, "accepted"))
    both = asyncio.run(_cost(numbers, "approved"))
    following = both.seconds - linking.seconds
    ratio = following / linking.seconds
    return [
        Row(f"linking {numbers:,} numbers", f"{linking.seconds * 1e6:.1f} µs of CPU a number"),
        Row(
            "following them until they are approved",
            f"{following * 1e6:.1f} µs of CPU a number",
            f"{ratio:.2f} of linking",
            "1.0",
            ratio <= 1.0,
        ),
        Row("requests for that", f"{both.requests:.3f} a number", "", "0.1 a number", both.requests <= 0.1),
    ]
