"""What the sandbox holds of 10DLC."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count

import attrs

from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.carriers import UNLINKING, Decision
from aiovonage.sandbox.checks import unknown
from aiovonage.sandbox.clock import Clock
from aiovonage.sandbox.lagging import Lagging
from aiovonage.sandbox.specs import Json

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
"""The brand and the campaign of a new sandbox, with the ids of the documents' examples."""

ACTIVE, EXPIRED = "ACTIVE", "EXPIRED"
APPROVED = "APPROVED"

HIPAA = "HIPAA"
"""The compliance flag that the API accepts with a link."""

NUMBER_OPERATIONS = ("ten_dlc.link_number", "ten_dlc.get_number", "ten_dlc.unlink_number")
"""The operations on a single number, which `TenDlc.refuse` can refuse."""


@attrs.define
class Number:
    """A number that is linked to a campaign. Setting `status` overrides the carriers' decision.

    Attributes:
        campaign_id: Its campaign.
        country: Its country, as two letters.
        compliance: The flags it was linked with.
        previous_links: How often the number had been linked before.
        unlinking: Whether it is being unlinked.
    """

    campaign_id: str
    country: str
    _status: str | None = None
    compliance: tuple[str, ...] = ()
    previous_links: int = 0
    unlinking: bool = False
    _link: Link | None = None

    @property
    def status(self) -> str:
        """The status that the API reports now."""
        if self._status is not None:
            return self._status
        if self.unlinking:
            return UNLINKING
        return APPROVED if self._link is None else self._link.status()

    @status.setter
    def status(self, status: str) -> None:
        self._status = status

    def start_unlinking(self) -> None:
        """Report the number as being unlinked from now on."""
        self.unlinking = True
        self._status = None


@attrs.frozen
class Link:
    """A link that the carriers decide on.

    Attributes:
        since: When the number was linked, by the clock.
        decision: The carriers' decision.
        pending: The status until then.
        seconds: The clock.
    """

    since: float
    decision: Decision
    pending: str
    seconds: Callable[[], float]

    def status(self) -> str:
        """The status now."""
        decided = self.seconds() >= self.since + self.decision.after
        return self.decision.status if decided else self.pending


@attrs.define
class Campaign:
    """A campaign and its numbers, in the order in which they were linked.

    Attributes:
        brand_id: Its brand.
        data: Its JSON.
        members: Its numbers.
        hipaa: Whether it is a HIPAA campaign; None until the first number is linked, which decides it for good.
    """

    brand_id: str
    data: Json
    members: Lagging[Number] = attrs.field(factory=lambda: Lagging[Number](0.0, time.monotonic))
    hipaa: bool | None = None

    @property
    def numbers(self) -> dict[str, Number]:
        """The linked numbers."""
        return self.members.numbers

    @numbers.setter
    def numbers(self, numbers: Mapping[str, Number]) -> None:
        self.members.replace(numbers)

    @property
    def status(self) -> str:
        """Its status. Besides ACTIVE and EXPIRED the dashboard shows PENDING_REVIEW, UPDATES_REQUIRED,
        CARRIERS_REVIEW, PENDING_CANCELLATION, CANCELED, SUSPENDED, TERMINATED and REJECTED.
        """
        return str(self.data.get("status", ACTIVE))

    @status.setter
    def status(self, status: str) -> None:
        self.data["status"] = status

    @property
    def active(self) -> bool:
        """Whether numbers can be linked to it, which takes the status ACTIVE."""
        return self.status == ACTIVE

    @active.setter
    def active(self, active: bool) -> None:
        self.status = ACTIVE if active else EXPIRED


@attrs.define
class Brand:
    """A brand: its JSON, the use cases it qualifies for, its vettings and the ids of its campaigns."""

    data: Json
    qualified: set[str] = attrs.field(factory=set)
    vettings: list[Json] = attrs.field(factory=list)
    campaigns: list[str] = attrs.field(factory=list)
    deleted: bool = False
    revetted: bool = False


@attrs.frozen
class Refusal:
    """An error that the API returns for a single number.

    Attributes:
        status: The HTTP status.
        operations: The operations that return it.
    """

    status: int
    operations: frozenset[str]


@attrs.define
class TenDlc:
    """Brands, campaigns and numbers.

    Attributes:
        behaviour: The rules the sandbox follows.
        clock: The time.
        brands: Brands by id.
        posts: How often each number was POSTed to be linked.
        refusals: The errors that single numbers get.
    """

    behaviour: Behaviour
    clock: Clock
    brands: dict[str, Brand] = attrs.field(factory=dict)
    posts: Counter[str] = attrs.field(factory=Counter)
    refusals: dict[str, Refusal] = attrs.field(factory=dict)
    _campaigns: dict[str, Campaign] = attrs.field(factory=dict, init=False)
    _numbers: dict[str, Number] = attrs.field(factory=dict, init=False)
    # A heap of (when, tie-breaker, number, link). The clock is read when somebody looks, so no timer is needed.
    _unlinking: list[tuple[float, int, str, Number]] = attrs.field(factory=list, init=False)
    _order: Iterator[int] = attrs.field(factory=count, init=False)
    _times_linked: Counter[str] = attrs.field(factory=Counter, init=False)

    @property
    def campaigns(self) -> dict[str, Campaign]:
        """Campaigns by id."""
        self._finish_unlinking()
        return self._campaigns

    @property
    def numbers(self) -> dict[str, Number]:
        """The linked numbers, including those that GETs and lists do not show yet."""
        self._finish_unlinking()
        return self._numbers

    def link(
        self,
        number: str,
        campaign_id: str,
        country: str = "US",
        status: str | None = None,
        compliance: tuple[str, ...] = (),
    ) -> Number:
        """Link a number to a campaign, to prepare a test: it shows at once. Default status: approved."""
        linked = Number(campaign_id, country, status or self.behaviour.carriers.approved, compliance)
        self._add(number, linked, visible=True)
        return linked

    def accept_link(self, number: str, campaign_id: str, country: str, compliance: tuple[str, ...]) -> Number:
        """Link a number as the API does: the carriers decide later, and reads show it later."""
        carriers = self.behaviour.carriers
        if carriers.instant:
            linked = Number(campaign_id, country, carriers.approved, compliance)
        else:
            nth = self._times_linked[number]
            self._times_linked[number] += 1
            link = Link(self.clock.seconds(), carriers.decision(number, nth), carriers.pending, self.clock.seconds)
            linked = Number(campaign_id, country, None, compliance, nth, link=link)
        self._add(number, linked, visible=False)
        return linked

    def unlink(self, number: str) -> None:
        """Unlink a number as the API does, which can take a while. A number that is being unlinked stays so."""
        linked = self.numbers[number]
        if linked.unlinking:
            return
        delay = self.behaviour.carriers.unlinking(number, linked.previous_links)
        if delay:
            linked.start_unlinking()
            heapq.heappush(self._unlinking, (self.clock.seconds() + delay, next(self._order), number, linked))
        else:
            self._remove(number, None)

    def refuse(self, number: str, status: int, operations: Iterable[str] = NUMBER_OPERATIONS) -> None:
        """Return an error of the API for every request about one 10DLC number.

        Args:
            number: The number, in digits.
            status: The HTTP status of the error: 403, 422, ...
            operations: The operations that return it. Default: linking, getting and unlinking the number.

        Raises:
            ValueError: if the status is not an error, or an operation is not about a single number.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status must be that of an error, from 400 to 599, not {status!r}")
        refused = frozenset(operations)
        for operation in sorted(refused - set(NUMBER_OPERATIONS)):
            raise ValueError(f"operations: {unknown(operation, NUMBER_OPERATIONS)}")
        self.refusals[number] = Refusal(status, refused)

    def add_campaign(self, campaign_id: str, brand_id: str = BRAND, data: Json | None = None) -> Campaign:
        """Add an active campaign to a brand."""
        now = self.clock.text()
        data = {
            **(data or {}),
            "brand_id": brand_id,
            "campaign_id": campaign_id,
            "status": ACTIVE,
            "created_date": now,
            "last_updated": now,
        }
        numbers = Lagging[Number](self.behaviour.visible_after, self.clock.seconds)
        campaign = self._campaigns[campaign_id] = Campaign(brand_id, data, numbers)
        self.brands[brand_id].campaigns.append(campaign_id)
        return campaign

    def _add(self, number: str, linked: Number, *, visible: bool) -> None:
        if number in self.numbers:
            self._remove(number, None)
        campaign = self._campaigns[linked.campaign_id]
        if campaign.hipaa is None:
            campaign.hipaa = HIPAA in linked.compliance
        self._numbers[number] = linked
        campaign.members.add(number, linked, visible=visible)

    def _remove(self, number: str, at: float | None) -> None:
        linked = self._numbers.pop(number)
        self._campaigns[linked.campaign_id].members.remove(number, at=at)

    def _finish_unlinking(self) -> None:
        """Remove the numbers whose unlinking is over by now."""
        unlinking = self._unlinking
        if not unlinking:
            return
        now = self.clock.seconds()
        while unlinking and unlinking[0][0] <= now:
            at, _, number, linked = heapq.heappop(unlinking)
            if self._numbers.get(number) is linked:  # it may have been removed, or linked anew, in the meantime
                self._remove(number, at)
