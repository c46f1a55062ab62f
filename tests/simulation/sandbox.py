"""The package's own sandbox as the server. What it does is copied into the world, where the oracle looks."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable, MutableMapping
from functools import cache
from math import inf
from typing import Any

import httpx
import orjson

from aiovonage.sandbox import Carriers, Faults
from aiovonage.sandbox.app import SandboxApp
from aiovonage.sandbox.authentication import Account
from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.faults import FaultInjector
from tests.simulation.plan import BRAND, CAMPAIGN, OTHER, OTHER_ENGAGEMENT, SECOND, Plan
from tests.simulation.server import Answer
from tests.simulation.world import Stay, World

API_KEY, API_SECRET = "abcd1234", "s3cr3t"

_NOT_CARRIED_OUT = {
    "errors": "error",
    "dropped_connections": "dropped",
    "throttled": "throttled",
    "intermediary": "intermediary",
}
"""The sandbox's faults that keep a request from being carried out, and what the simulation calls them."""


class SandboxServer:
    """The sandbox.

    Args:
        plan: The history.
        world: What it does is told here.
    """

    def __init__(self, plan: Plan, world: World) -> None:
        rules = plan.rules
        self._seed = seed = plan.seed
        self._world = world
        self._plan = plan
        self._is_engagement = plan.is_engagement
        self._carriers = Carriers(
            delay=rules.decide,
            reject=rules.reject,
            never=min(rules.never, 1.0 - rules.reject),
            words=rules.words,  # type: ignore[arg-type]
            unlink_delay=rules.unlinking,
            seed=seed,
        )
        behaviour = Behaviour(
            carriers=self._carriers,
            visible_after=rules.visible_after,
            number_format=rules.number_format,  # type: ignore[arg-type]
            max_page_size=rules.most_per_page,
        )
        dice = random.Random(f"sandbox {seed}")
        share = dice.choice([0.0, 0.0, 0.03, 0.1])
        faults = Faults(
            error_rate=share,
            dropped_connections=share,
            lost_responses=share,
            throttled=share,
            intermediary=share,
            partial_failures=0.3 if rules.refused else 0.0,
            seed=seed,
        )
        account = Account(api_key=API_KEY, api_secret=API_SECRET, signature_secret="s3cr3t")
        self._app = SandboxApp(account, faults, rate=rules.rate, behaviour=behaviour, clock=lambda: world.now)
        self._held: dict[str, object] = {}
        self._dice = dice
        self._prepare(plan)

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Carry out a request."""
        injected, statuses = self._app.injected.copy(), self._app.statuses.copy()
        answer = self._ask(method, target, body)
        fault = next(iter(self._app.injected - injected), None)
        said = next(iter(self._app.statuses - statuses), None)
        self._copy(self._numbers(target, body), "client")
        if fault == "lost_responses":
            return Answer(said or 0, cut=True, fault="lost")
        if answer is None:
            return Answer(0, cut=True, fault="dropped", carried_out=False)
        if fault in _NOT_CARRIED_OUT:
            return Answer(answer.status, answer.body, answer.headers, fault=_NOT_CARRIED_OUT[fault], carried_out=False)
        return answer

    def calm(self) -> None:
        """Do nothing wrong on purpose any more."""
        self._app._injector = FaultInjector(Faults(seed=self._seed))

    def touch(self, number: str) -> None:
        """Another actor unlinks a number, or links it, with requests of its own."""
        self._world.touched.setdefault(number, []).append(self._world.now)
        plan, state = self._plan, self._app.state
        if plan.is_engagement:
            root, collection = "/v1/messaging-engagement/engagements", "numbers"
            here, sent = state.engaged.get(number), orjson.dumps({"numbers": [number]})
        else:
            root, collection = f"/v1/10dlc/brands/{BRAND}/campaigns", f"numbers/{number}"
            linked, sent = state.numbers.get(number), orjson.dumps({"number": number, "country": "US"})
            here = None if linked is None else linked.campaign_id
        if here is None:
            place = self._dice.choice([plan.place(number), plan.away()])
            self._ask("POST", f"{root}/{place}/numbers", sent)
        elif here != plan.away():
            self._ask("DELETE", f"{root}/{here}/{collection}", sent if plan.is_engagement else b"")
        self._copy([number], "other")

    def _prepare(self, plan: Plan) -> None:
        state, rules, world = self._app.state, plan.rules, self._world
        for name in (SECOND, OTHER):
            state.add_campaign(name)
        state.engagements[OTHER_ENGAGEMENT] = state.messaging.new_engagement({"engagement_id": OTHER_ENGAGEMENT})
        places = [(number, plan.place(number)) for number in rules.before]
        places += [(number, plan.away()) for number in sorted(rules.elsewhere)]
        for number, place in places:
            if self._is_engagement:
                state.engage(number, place)
            else:
                state.link(number, place)
        self._copy([number for number, _ in places], "before")
        for number in sorted({*rules.odd, *rules.refused}):
            operations = ["ten_dlc.get_number"] * (number in rules.odd) + ["ten_dlc.link_number"] * (
                number in rules.refused
            )
            state.refuse(number, rules.odd.get(number, 422), operations)
        begins, ends = rules.inactive
        if begins != inf:
            world.at(begins, lambda: self._set_status("SUSPENDED"))
            world.at(ends, lambda: self._set_status("ACTIVE"))

    def _set_status(self, status: str) -> None:
        self._app.state.campaigns[CAMPAIGN].status = status

    def _ask(self, method: str, target: str, body: bytes) -> Answer | None:
        """The answer to a request; None where the sandbox cuts the connection."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", _credentials()), (b"content-type", b"application/json")],
        }
        said: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        call = self._app(scope, receive, send)
        try:
            call.send(None)
        except StopIteration:
            headers = tuple((name.decode(), value.decode()) for name, value in said[0]["headers"])
            return Answer(said[0]["status"], said[1]["body"], headers)
        except httpx.ReadError:
            return None
        raise AssertionError("without latency the sandbox answers at once")

    def _numbers(self, target: str, body: bytes) -> Iterable[str]:
        if not body:
            return [target.partition("?")[0].rpartition("/")[2]]
        sent = orjson.loads(body)
        return [sent["number"]] if "number" in sent else sent["numbers"]

    def _copy(self, numbers: Iterable[str], by: str) -> None:
        """Tell the world what has become of numbers."""
        state, world = self._app.state, self._world
        for number in numbers:
            held: object = state.engaged.get(number) if self._is_engagement else state.numbers.get(number)
            stays = (world.engaged if self._is_engagement else world.stays).setdefault(number, [])
            last = stays[-1] if stays and stays[-1].there(world.now) else None
            if self._is_engagement:
                if last is not None and held != last.place:
                    last.leaving = last.until = world.now
                if held is not None and (last is None or held != last.place):
                    stays.append(Stay(str(held), by, world.now))
            elif held is not self._held.get(number):
                if last is not None:
                    last.leaving, last.until = min(last.leaving, world.now), world.now
                if (linked := state.numbers.get(number)) is not None:
                    decision = self._carriers.decision(number, linked.previous_links)
                    approved = by == "before" or decision.status != "REJECTED"
                    decided = 0.0 if by == "before" else world.now + decision.after
                    stays.append(Stay(linked.campaign_id, by, world.now, decided, approved))
                self._held[number] = held
            elif last is not None and state.numbers[number].unlinking and last.leaving == inf:
                last.leaving = world.now
                last.until = world.now + self._carriers.unlinking(number, state.numbers[number].previous_links)


@cache
def _credentials() -> bytes:
    return b"Basic " + base64.b64encode(f"{API_KEY}:{API_SECRET}".encode())
