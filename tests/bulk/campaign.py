"""A campaign behind `httpx.MockTransport`: what a server holds, with faults on demand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import httpx

from aiovonage import Vonage

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
PROBLEM = "https://developer.vonage.com/api-errors"

Fault = Callable[[str, int], httpx.Response | Exception | None]


class Campaign:
    """The numbers of one campaign.

    `before` is asked ahead of every request and `after` behind it, with the method and how often that request was made
    for the number: they return an answer or an error to give instead, or None. `word` is what the carriers say at once,
    as in the document's example of the answer.
    """

    def __init__(self, *, before: Fault | None = None, after: Fault | None = None, word: str = "APPROVED") -> None:
        self.linked: set[str] = set()
        self.elsewhere: set[str] = set()
        self.refused: set[str] = set()
        self.posts: Counter[str] = Counter()
        self.requests: Counter[tuple[str, str]] = Counter()
        self.word = word
        self._before = before
        self._after = after

    def client(self, **options: object) -> Vonage:
        """A client of it."""
        settings = {"api_key": "key", "api_secret": "s3cr3t", "transport": httpx.MockTransport(self._answer), **options}
        return Vonage(**settings)  # type: ignore[arg-type]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        number = json.loads(request.content)["number"] if request.method == "POST" else request.url.path.rsplit("/")[-1]
        key = (request.method, number)
        if number == CAMPAIGN:
            key = (request.method, "the campaign itself")
        self.requests[key] += 1
        if self._before is not None and (fault := self._before(request.method, self.requests[key])) is not None:
            return _given(fault)
        response = self._post(number) if request.method == "POST" else self._get(number)
        if self._after is not None and (fault := self._after(request.method, self.requests[key])) is not None:
            return _given(fault)
        return response

    def _post(self, number: str) -> httpx.Response:
        self.posts[number] += 1
        if number in self.linked | self.elsewhere:
            return problem(409, "10dlc#number-already-linked", "Number Already Linked")
        if number in self.refused:
            return problem(422, "10dlc#invalid-number-data", "There were some issues with the submitted data")
        self.linked.add(number)
        return httpx.Response(202, json={"number": number, "country": "US", "status": self.word})

    def _get(self, number: str) -> httpx.Response:
        if number in self.linked:
            return httpx.Response(200, json={"number": number, "country": "US", "status": self.word})
        return problem(404, "#not-found", "Not Found", f"ID '{number}' does not exist, or you do not have access")


def _given(fault: httpx.Response | Exception) -> httpx.Response:
    if isinstance(fault, Exception):
        raise fault
    return fault


def problem(status: int, kind: str, title: str, detail: str = "") -> httpx.Response:
    """An answer with a problem."""
    return httpx.Response(
        status, json={"type": f"{PROBLEM}/{kind}", "title": title, "detail": detail, "instance": "797a8f"}
    )


def numbers(count: int) -> list[str]:
    """Numbers, all different."""
    return [str(14155550000 + index) for index in range(count)]
