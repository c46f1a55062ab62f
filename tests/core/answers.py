"""A server that is told its answers, for whatever needs no socket."""

from __future__ import annotations

import json
from typing import Any

import attrs
import httpx

from aiovonage import Vonage
from aiovonage._core.operation import Operation


@attrs.frozen
class Answer:
    """One answer; a body that is no bytes is sent as JSON. Unless told otherwise it has what identifies a thing."""

    status: int = 200
    body: Any = attrs.field(factory=lambda: {"brand_id": "B1", "number": "12025550101", "id": "1"})
    headers: dict[str, str] = attrs.field(factory=dict)

    def response(self) -> httpx.Response:
        """It as httpx says it."""
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return httpx.Response(self.status, headers=self.headers, content=content)


class Answers:
    """Gives its answers one after the other, the last for ever, and keeps the requests. An exception is raised."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = answers or (Answer(),)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer.response()

    def client(self, **settings: Any) -> Vonage:
        """A client that asks it, with Basic credentials unless told otherwise."""
        if not {"api_key", "application_id"} & settings.keys():
            settings = {"api_key": "k", "api_secret": "s"} | settings
        return Vonage(transport=httpx.MockTransport(self), **settings)


def an_operation(**changes: Any) -> Operation[Any]:
    """An operation that no spec has."""
    given: dict[str, Any] = {
        "id": "things.get_thing",
        "method": "GET",
        "host": "https://things.example",
        "path": ("/things",),
        "security": ("basic",),
        "success": {200: dict[str, Any]},
        "idempotent": True,
    }
    return Operation(**given | changes)
