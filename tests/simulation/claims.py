"""What an outcome claims, and whether it is true."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import inf

import attrs

from tests.simulation.network import Exchange
from tests.simulation.plan import CAMPAIGN, Plan
from tests.simulation.world import Stay, World

LAG = 60.0
"""Seconds by which a report may lag behind what another actor does."""

_TICK = 1e-6

FRESH = 5.0
"""Seconds for which a 409 says that a number is linked: another actor can take it away right after it."""


@attrs.frozen
class Claims:
    """Judges outcomes.

    An outcome is to be true when it is reported. Only where another actor has had a hand in a number, it is enough that
    it was true since the client asked last, or in the `LAG` seconds before: no client can know more.

    Attributes:
        plan: The history.
        world: What is true.
        log: All requests.
        only_taken: Whether `linked` is read as no more than that the API took the number.
        several: Whether several processes work at once, so that each may go on with what another one has begun.
    """

    plan: Plan
    world: World
    log: Sequence[Exchange]
    only_taken: bool = False
    several: bool = False

    def fault(self, number: str, status: str, at: float) -> str | None:
        """What is wrong with an outcome; None where it is true."""
        judge = getattr(self, f"_{status}", None)
        if judge is None:
            return f"{status}: there is no such status"
        found: list[str] = []
        for moment in self._moments(number, at):
            said = judge(number, moment)
            if said is None:
                return None
            found.append(said)
        return f"{status}, but {found[-1]}"

    def _moments(self, number: str, at: float) -> Iterator[float]:
        """The moments at which it is enough that a claim was true."""
        touched = [moment for moment in self.world.touched.get(number, ()) if moment <= at]
        if touched or self.plan.job == "check":  # which says how things were when it looked
            asked = [e.sent for e in self.log if _tells(e, number) and e.ended <= at]
            begins = min(max(asked, default=at), at - LAG)
            changes = {begins, at}
            for stay in self._stays(number):
                for change in (stay.since, stay.decided, stay.leaving, stay.until):
                    if change != inf:
                        changes |= {change - _TICK, change}
            yield from sorted(moment for moment in changes if begins <= moment < at)
        yield at

    def _stays(self, number: str) -> Sequence[Stay]:
        return (self.world.engaged if self.plan.is_engagement else self.world.stays).get(number, ())

    def _here(self, number: str, at: float) -> Stay | None:
        place = self.plan.place(number)
        return next((stay for stay in self._stays(number) if stay.place == place and stay.there(at)), None)

    def _shown(self, number: str, at: float) -> list[Stay]:
        """Where it is, or was a moment ago, if another actor has taken it away and the API shows that late."""
        rules, place = self.world.rules, self.plan.place(number)
        late = rules.visible_after + rules.gone_after if number in self.world.touched else 0.0
        return [s for s in reversed(self._stays(number)) if s.place == place and s.since <= at < s.until + late]

    def _elsewhere(self, number: str, at: float) -> bool:
        place = self.plan.place(number)
        return any(stay.place != place and stay.there(at) for stay in self._stays(number))

    def _unlinks(self, number: str) -> bool:
        """Whether the job is to take the number out."""
        return self.plan.job == "unlink" or (self.plan.job == "sync" and number not in self.plan.entries)

    def _accepted(self, number: str, at: float) -> str | None:
        if self._unlinks(number):  # the API took the request to unlink it, which takes a while
            left = any(stay.place == CAMPAIGN and stay.leaving <= at for stay in self._stays(number))
            return None if left else "the API has not taken a request to unlink it"
        shown = self._shown(number, at)
        if not shown:
            return self._absent(number, at)
        if self._gave_up(number, at, shown[0]):
            return "it was given up before its time"
        if self._overslept(number, at, shown[0]):
            return "the carriers decided long ago"
        decided = self.plan.job == "check" and all(stay.decided <= at < stay.leaving for stay in shown)
        return "the carriers have decided" if decided else None

    def _gave_up(self, number: str, at: float, stay: Stay) -> bool:
        """Whether a number is reported as undecided though there is time left."""
        follows = self.plan.until == "approved" and self.plan.job in {"link", "rows", "sync"}
        return follows and stay.by == "client" and at < stay.since + self.plan.patience - 1.0

    def _overslept(self, number: str, at: float, stay: Stay) -> bool:
        """Whether the run did not look again when the time was over."""
        follows = self.plan.until == "approved" and self.plan.job in {"link", "rows", "sync"}
        tells = number not in self.plan.rules.odd and number not in self.world.touched
        return follows and tells and stay.decided < at - LAG

    def _linked(self, number: str, at: float) -> str | None:
        shown = self._shown(number, at)
        if not shown:
            return self._absent(number, at)
        if self.only_taken or any(stay.approved and stay.decided <= at for stay in shown):
            return None
        return "the carriers have rejected it" if shown[0].is_rejected(at) else "the carriers have not decided"

    def _already_linked(self, number: str, at: float) -> str | None:
        fault = self._linked(number, at)
        if fault is None and all(stay.by == "client" for stay in self._shown(number, at)):
            return "it was this run that linked it"
        return fault

    def _absent(self, number: str, at: float) -> str:
        return "it belongs to another campaign" if self._elsewhere(number, at) else "it is not in the campaign"

    def _conflict(self, number: str, at: float) -> str | None:
        if self._elsewhere(number, at):
            return None
        fresh = [
            e
            for e in self.log
            if e.kind in {"link", "add"} and e.status in {207, 400, 409} and at - FRESH <= e.carried_out <= at
        ]
        if number in self.world.touched and any(number in e.numbers for e in fresh):
            return None  # it was linked when the API said so
        return "it is where it should be" if self._here(number, at) is not None else "it is nowhere else"

    def _rejected(self, number: str, at: float) -> str | None:
        if self.plan.is_engagement:
            return None if any(_refuses(e, number) for e in self.log if e.ended <= at) else "the API did not refuse it"
        here = self._here(number, at)
        if here is not None and here.is_rejected(at):
            return None
        begins, ends = self.plan.rules.inactive
        was_inactive = begins <= at <= ends + LAG and self.plan.place(number) == CAMPAIGN
        if was_inactive and (here is None or here.by != "client"):
            return None  # the API refuses all numbers of the campaign
        if self.plan.job == "check":
            return "the carriers did not reject it"
        leaving = here is not None and here.leaving <= at  # what is on its way out is refused as linked already
        taken_out = number in self.world.touched and any(e.status == 409 and number in e.numbers for e in self.log)
        if not (leaving or taken_out) and not any(_refuses(e, number) for e in self.log if e.ended <= at):
            return "neither the API nor the carriers refused it"
        if here is not None and not leaving and not self._unlinks(number):
            return "it is in the campaign, and the carriers did not reject it"
        return None

    def _unlinked(self, number: str, at: float) -> str | None:
        here = self._here(number, at)
        if here is not None:
            return "it is in the campaign" if here.leaving > at else "it is still on its way out of the campaign"
        sent = any(e.kind == "unlink" and number in e.numbers and e.fault != "refused" for e in self.log)
        resumed = self.several or self.log[-1].life > 0  # for all the client knows, a request was under way in a crash
        return None if sent or resumed else "no request to unlink it was sent"

    def _not_linked(self, number: str, at: float) -> str | None:
        if self._here(number, at) is not None:
            return "it is in the campaign"
        unlinked = any(e.kind == "unlink" and number in e.numbers and e.told == e.status == 204 for e in self.log)
        return "it was this run that unlinked it" if unlinked else None

    def _added(self, number: str, at: float) -> str | None:
        return None if self._here(number, at) is not None else "it is not in the engagement"

    def _removed(self, number: str, at: float) -> str | None:
        return "it is in the engagement" if self._here(number, at) is not None else None

    def _failed(self, number: str, at: float) -> str | None:
        return None  # it claims nothing

    def _invalid(self, number: str, at: float) -> str | None:
        return "it is a number" if number.isdigit() else None

    def _duplicate(self, number: str, at: float) -> str | None:
        return None if self.plan.entries.count(number) > 1 else "the input has it once"


def _tells(exchange: Exchange, number: str) -> bool:
    """Whether the client has learnt from an exchange where a number is."""
    concerns = number in exchange.numbers or exchange.kind == "list"
    return concerns and exchange.is_genuine and exchange.status in {200, 202, 204, 207, 404, 409}


def _refuses(exchange: Exchange, number: str) -> bool:
    """Whether the API refused a number in an answer that the client got."""
    if number not in exchange.numbers or not exchange.is_genuine or exchange.status is None:
        return False
    if exchange.kind in {"add", "remove"}:
        if exchange.status not in {207, 400}:
            return 400 <= exchange.status < 500 and exchange.status != 429
        body = json.loads(exchange.body)
        errors = body.get("errors")
        return exchange.status == 400 if errors is None else any(error["number"] == number for error in errors)
    if exchange.status == 409 and b"number-already-linked" in exchange.body:
        return False
    return exchange.status in {400, 403, 409, 422}
