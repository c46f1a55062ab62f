"""An API over the world, written for the simulation alone: jobs that agree with one server only prove little."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import attrs

from tests.simulation.plan import BRAND, CAMPAIGN, ENGAGEMENT, OTHER, OTHER_ENGAGEMENT, SECOND, Plan
from tests.simulation.world import Stay, World

ERRORS = "https://developer.vonage.com/api-errors"
_TEN_DLC = re.compile(r"/v1/10dlc/brands/([^/]+)(?:/campaigns(?:/([^/]+)(/numbers(?:/([^/]+))?)?)?)?")
_ENGAGEMENT = re.compile(r"/v1/messaging-engagement/engagements/([^/]+)(/numbers)?")

_WRITE: dict[str, Callable[[str], Any]] = {
    "plain": str,
    "plus": "+{}".format,
    "spaces": lambda number: f"{number[0]} {number[1:4]} {number[4:7]} {number[7:]}",
    "int": int,
    "object": lambda number: {"number": number},
}
"""How lists may write numbers."""


@attrs.frozen
class Answer:
    """What a server says.

    Attributes:
        status: The HTTP status.
        body: The body.
        headers: The headers.
        cut: Whether the connection breaks instead.
        fault: What the server has done wrong on purpose.
        carried_out: Whether it is an answer to a request that was carried out or refused.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    cut: bool = False
    fault: str | None = None
    carried_out: bool = True


class Server(Protocol):
    """What the network brings requests to."""

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Carry out a request."""
        ...

    def touch(self, number: str) -> None:
        """Another actor unlinks a number of the input, or links it."""
        ...

    def calm(self) -> None:
        """Do nothing wrong on purpose any more."""
        ...


class ThinServer:
    """The API.

    Args:
        plan: The history.
        world: What it works on.
        dice: For what other actors do.
    """

    def __init__(self, plan: Plan, world: World, dice: random.Random) -> None:
        self._world = world
        self._dice = dice
        self._rules = world.rules
        self._requests = 0
        self._tokens = world.rules.rate or inf
        self._filled = 0.0
        self._plan = plan
        bring = world.engage if plan.is_engagement else world.link
        for number in world.rules.before:
            bring(number, plan.place(number), "before")
        for number in sorted(world.rules.elsewhere):
            bring(number, plan.away(), "before")

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Carry out a request."""
        self._requests += 1
        if not self._admitted():
            return self.throttled()
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        sent = json.loads(body) if body else {}
        if found := _TEN_DLC.fullmatch(url.path):
            return self._ten_dlc(method, *found.groups(), query=query, sent=sent)
        if found := _ENGAGEMENT.fullmatch(url.path):
            return self._engagement(method, *found.groups(), query=query, sent=sent)
        return self.problem(404, "#not-found", f"ID '{url.path}' does not exist, or you do not have access")

    def touch(self, number: str) -> None:
        """Another actor unlinks a number of the input, or links it."""
        world, plan = self._world, self._plan
        world.touched.setdefault(number, []).append(world.now)
        stay = world.engagement_of(number) if plan.is_engagement else world.current(number)
        if stay is None:
            if number not in self._rules.refused:
                bring = world.engage if plan.is_engagement else world.link
                bring(number, self._dice.choice([plan.place(number), plan.away()]), "other")
        elif plan.is_engagement:
            stay.leaving = stay.until = world.now
        elif stay.place != OTHER:
            world.unlink(stay)

    def calm(self) -> None:
        """It does nothing wrong on purpose."""

    def throttled(self, retry_after: int = 1) -> Answer:
        """A 429."""
        said = self.problem(429, "#throttled", "Your account has been throttled", retry_after=retry_after)
        return attrs.evolve(said, headers=(*said.headers, ("retry-after", str(retry_after))))

    def problem(self, status: int, kind: str, detail: str, **more: object) -> Answer:
        """An error of the API."""
        title = kind.rpartition("#")[2].replace("-", " ").capitalize()
        body = {"type": f"{ERRORS}{kind}", "title": title, "detail": detail, "instance": f"r{self._requests}", **more}
        return Answer(status, json.dumps(body).encode(), (("content-type", "application/problem+json"),))

    def _admitted(self) -> bool:
        rate = self._rules.rate
        if rate is None:
            return True
        now = self._world.now
        self._tokens = min(rate, self._tokens + (now - self._filled) * rate)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def _missing(self, what: str) -> Answer:
        return self.problem(404, "#not-found", f"ID '{what}' does not exist, or you do not have access")

    def _ten_dlc(
        self,
        method: str,
        brand: str,
        campaign: str | None,
        numbers: str | None,
        number: str | None,
        *,
        query: dict[str, str],
        sent: Any,
    ) -> Answer:
        if brand != BRAND:
            return self._missing(brand)
        if campaign is None:
            return _json(200, {"brand_id": BRAND, "status": "ACTIVE"})
        if campaign not in {CAMPAIGN, SECOND, OTHER}:
            return self._missing(campaign)
        if numbers is None:
            return _json(200, self._campaign(campaign))
        if number is not None:
            return self._unlink(campaign, number) if method == "DELETE" else self._get(campaign, number)
        if method == "POST":
            return self._link(campaign, sent)
        return self._list(campaign, query)

    def _is_active(self) -> bool:
        begins, ends = self._rules.inactive
        return not begins <= self._world.now < ends

    def _campaign(self, campaign: str) -> dict[str, Any]:
        status = "ACTIVE" if self._is_active() or campaign != CAMPAIGN else "SUSPENDED"
        return {"brand_id": BRAND, "campaign_id": campaign, "status": status, "use_case": "MIXED"}

    def _link(self, campaign: str, sent: Any) -> Answer:
        number = sent["number"]
        if campaign == CAMPAIGN and not self._is_active():
            kind = "/10dlc#campaign-not-active"
            return self.problem(self._rules.inactive_status, kind, f"Campaign '{campaign}' is not active")
        if number in self._rules.refused:
            refused = [{"field": "number", "code": 502, "description": "Number is not eligible"}]
            return self.problem(422, "/10dlc#invalid-number-data", "There were some errors", invalid_parameters=refused)
        current = self._world.current(number)
        if current is not None:
            again = current.place == campaign and current.is_rejected(self._world.now) and self._rules.relink_rejected
            if not again:
                detail = "The number requested has already been linked to another campaign"
                return self.problem(409, "/10dlc#number-already-linked", detail)
        stay = self._world.link(number, campaign, "client")
        return _json(202, self._number(number, stay))

    def _get(self, campaign: str, number: str) -> Answer:
        if status := self._rules.odd.get(number):
            kind = "/10dlc#invalid-number-data" if status == 422 else "#forbidden"
            return self.problem(status, kind, f"'{number}' can't be shown")
        stay = self._shown(number, campaign)
        return self._missing(number) if stay is None else _json(200, self._number(number, stay))

    def _unlink(self, campaign: str, number: str) -> Answer:
        stay = self._world.current(number)
        if stay is None or stay.place != campaign:
            return self._missing(number)
        self._world.unlink(stay)
        return Answer(204, b"", ())

    def _list(self, campaign: str, query: dict[str, str]) -> Answer:
        found = [(number, stay) for number in self._world.stays if (stay := self._shown(number, campaign)) is not None]
        found.sort(key=lambda pair: pair[1].since, reverse=self._rules.newest_first)
        items = [self._number(number, stay, listed=True) for number, stay in found]
        if wanted := query.get("filter"):
            groups = json.loads(wanted)
            items = [item for item in items if all(any(_holds(item, c) for c in group) for group in groups)]
        return self._page(items, query)

    def _shown(self, number: str, campaign: str) -> Stay | None:
        now = self._world.now
        for stay in reversed(self._world.stays.get(number, [])):
            if stay.place != campaign:
                continue
            visible = stay.by == "before" or now >= stay.since + self._rules.visible_after
            if visible and now < stay.until + self._rules.gone_after + self._rules.shows_unlinked:
                return stay
        return None

    def _number(self, number: str, stay: Stay, *, listed: bool = False) -> dict[str, Any]:
        written: str | int = number
        if listed and self._rules.number_format != "object":
            written = _WRITE[self._rules.number_format](number)
        return {"number": written, "country": "US", "status": self._word(stay), "compliance": []}

    def _word(self, stay: Stay) -> str:
        now, live, late = self._world.now, self._rules.words == "live", self._rules.gone_after
        if now >= stay.until + late:
            return "UNLINKED"
        if now >= stay.leaving + late and live:
            return "UNLINKING"
        if min(now, stay.leaving) < stay.decided:
            return "LINKING" if live else "PENDING"
        if not stay.approved:
            return "REJECTED"
        return "LINKED" if live else "APPROVED"

    def _page(self, items: Sequence[Any], query: dict[str, str]) -> Answer:
        size = max(1, min(int(query.get("page_size", 10)), self._rules.most_per_page))
        page = int(query.get("page", 1))
        some = list(items[(page - 1) * size : page * size])
        totals = {"total_pages": max(1, -(-len(items) // size)), "total_items": len(items)}
        return _json(200, {"page_size": size, "page": page, **totals, "_embedded": {"numbers": some}})

    def _engagement(
        self, method: str, engagement: str, numbers: str | None, *, query: dict[str, str], sent: Any
    ) -> Answer:
        if engagement not in {ENGAGEMENT, OTHER_ENGAGEMENT}:
            return self._missing(engagement)
        if numbers is None:
            return _json(200, {"engagement_id": engagement})
        if method == "GET":
            return self._list_engaged(engagement, query)
        return self._each(sent["numbers"], engagement, self._add if method == "POST" else self._remove)

    def _list_engaged(self, engagement: str, query: dict[str, str]) -> Answer:
        now = self._world.now

        def is_shown(stay: Stay) -> bool:
            visible = stay.by == "before" or now >= stay.since + self._rules.visible_after
            return stay.place == engagement and visible and now < stay.until + self._rules.gone_after

        shown = [(n, stay) for n, stays in self._world.engaged.items() for stay in stays if is_shown(stay)]
        shown.sort(key=lambda pair: pair[1].since, reverse=self._rules.newest_first)
        write = _WRITE[self._rules.number_format]
        return self._page([write(number) for number, _ in shown], query)

    def _add(self, number: str, engagement: str) -> str | None:
        stay = self._world.engagement_of(number)
        if stay is not None and stay.place != engagement:
            return "is part of another engagement"
        if stay is None:
            self._world.engage(number, engagement, "client")
        return None

    def _remove(self, number: str, engagement: str) -> str | None:
        stay = self._world.engagement_of(number)
        if stay is None or stay.place != engagement:
            return "is not part of this engagement"
        stay.leaving = stay.until = self._world.now
        return None

    def _each(self, numbers: list[str], engagement: str, action: Callable[[str, str], str | None]) -> Answer:
        done: list[str] = []
        errors: list[dict[str, str]] = []
        for number in numbers:
            reason = "is not eligible" if number in self._rules.refused else action(number, engagement)
            if reason is None:
                done.append(number)
            else:
                errors.append({"number": number, "title": "The number was refused", "detail": f"{number} {reason}"})
        says = self._rules.batch_body
        body: dict[str, Any] = {"numbers": done} if says == "all" else {}
        if errors and says != "nothing":
            body["errors"] = errors
        if errors and not done:
            refusal = self.problem(400, "/messaging-engagement#numbers-refused", "None of the numbers succeeded")
            return attrs.evolve(refusal, body=json.dumps({**json.loads(refusal.body), **body}).encode())
        return _json(207 if errors else 200, body)


def _json(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode())


def _holds(item: dict[str, Any], condition: dict[str, Any]) -> bool:
    value = item.get(condition["field"])
    if condition["type"] == "regexp":
        return re.search(str(condition["value"]), str(value)) is not None
    return bool((value == condition["value"]) == (condition["type"] == "equal"))
