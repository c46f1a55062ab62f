"""What the sandbox holds."""

from __future__ import annotations

import heapq
import random
import string
import time
import uuid
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
IDENTITY, ENGAGEMENT = "BLQKOPK", "C1DEB879"
"""What is there from the start, under the ids of the documents' examples."""

ACTIVE, EXPIRED = "ACTIVE", "EXPIRED"
APPROVED = "APPROVED"

HIPAA = "HIPAA"
"""The flag of compliance that the API takes with a link."""

NUMBER_OPERATIONS = ("ten_dlc.link_number", "ten_dlc.get_number", "ten_dlc.unlink_number")
"""The operations about one number, which `State.refuse` refuses."""

_ID = string.ascii_uppercase + string.digits


@attrs.define
class Number:
    """A number that is linked to a campaign. Setting `status` wins over what the carriers decide.

    Attributes:
        campaign_id: Its campaign.
        country: Its country, as two letters.
        compliance: The flags that it was linked with.
        time: How often the number had been linked before.
        unlinking: Whether it is being unlinked.
    """

    campaign_id: str
    country: str
    _status: str | None = None
    compliance: tuple[str, ...] = ()
    time: int = 0
    unlinking: bool = False
    _link: Link | None = None

    @property
    def status(self) -> str:
        """What the API says of the number now."""
        if self._status is not None:
            return self._status
        if self.unlinking:
            return UNLINKING
        return APPROVED if self._link is None else self._link.status()

    @status.setter
    def status(self, status: str) -> None:
        self._status = status


@attrs.frozen
class Link:
    """A link that the carriers decide on.

    Attributes:
        since: When the number was linked, by the clock.
        decision: What the carriers make of it.
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
        hipaa: Whether it is a campaign for HIPAA; None until the first number is linked, which decides for ever.
    """

    brand_id: str
    data: Json
    members: Lagging[Number] = attrs.field(factory=lambda: Lagging[Number](0.0, time.monotonic))
    hipaa: bool | None = None

    @property
    def numbers(self) -> dict[str, Number]:
        """The numbers that are linked."""
        return self.members.numbers

    @numbers.setter
    def numbers(self, numbers: Mapping[str, Number]) -> None:
        self.members.replace(numbers)

    @property
    def status(self) -> str:
        """Its status. Besides ACTIVE and EXPIRED the dashboard knows: PENDING_REVIEW, UPDATES_REQUIRED,
        CARRIERS_REVIEW, PENDING_CANCELLATION, CANCELED, SUSPENDED, TERMINATED and REJECTED."""
        return str(self.data.get("status", ACTIVE))

    @status.setter
    def status(self, status: str) -> None:
        self.data["status"] = status

    @property
    def active(self) -> bool:
        """Whether numbers may be linked to it: only while its status is ACTIVE."""
        return self.status == ACTIVE

    @active.setter
    def active(self, active: bool) -> None:
        self.status = ACTIVE if active else EXPIRED


@attrs.define
class Brand:
    """A brand."""

    data: Json
    qualified: set[str] = attrs.field(factory=set)
    vettings: list[Json] = attrs.field(factory=list)
    campaigns: list[str] = attrs.field(factory=list)
    deleted: bool = False
    revetted: bool = False


@attrs.define
class Engagement:
    """An engagement and its numbers."""

    data: Json
    members: Lagging[None] = attrs.field(factory=lambda: Lagging[None](0.0, time.monotonic))

    @property
    def numbers(self) -> dict[str, None]:
        """The numbers that are part of it."""
        return self.members.numbers

    @numbers.setter
    def numbers(self, numbers: Mapping[str, None]) -> None:
        self.members.replace(numbers)


@attrs.frozen
class Refusal:
    """An answer that the API gives whenever it is asked about one number.

    Attributes:
        status: The HTTP status.
        operations: The operations that are refused.
    """

    status: int
    operations: frozenset[str]


@attrs.define
class State:
    """Everything, by kind; where nothing else is said, the JSON of each thing by its id.

    Attributes:
        behaviour: How the world behaves.
        clock: The time.
        brands: 10DLC brands by id.
        engaged: The engagement of each number that is part of one.
        opt_ins: The entries of the opt-in list by number.
        wabas: WhatsApp business accounts.
        waba_numbers: Their numbers by number.
        profiles: The business profiles of those numbers, by number.
        opt_outs: The opt-out keywords of RCS senders.
        redacted: The transactions that were redacted.
        public_keys: The public key of each application.
        posts: How often each number was POSTed to be linked.
        refusals: The answers that are given about single numbers.
        random: Where ids come from.
    """

    behaviour: Behaviour = attrs.field(factory=Behaviour)
    clock: Clock = attrs.field(factory=Clock)
    brands: dict[str, Brand] = attrs.field(factory=dict)
    _campaigns: dict[str, Campaign] = attrs.field(factory=dict, init=False)
    _numbers: dict[str, Number] = attrs.field(factory=dict, init=False)
    _leaving: list[tuple[float, int, str, Number]] = attrs.field(factory=list, init=False)
    _order: Iterator[int] = attrs.field(factory=count, init=False)
    _times: Counter[str] = attrs.field(factory=Counter, init=False)
    identities: dict[str, Json] = attrs.field(factory=dict)
    engagements: dict[str, Engagement] = attrs.field(factory=dict)
    engaged: dict[str, str] = attrs.field(factory=dict)
    opt_ins: dict[str, Json] = attrs.field(factory=dict)
    wabas: dict[str, Json] = attrs.field(factory=dict)
    waba_numbers: dict[str, Json] = attrs.field(factory=dict)
    profiles: dict[str, Json] = attrs.field(factory=dict)
    subscriptions: dict[str, Json] = attrs.field(factory=dict)
    rcs_brands: dict[str, Json] = attrs.field(factory=dict)
    agents: dict[str, Json] = attrs.field(factory=dict)
    opt_outs: dict[str, Json] = attrs.field(factory=dict)
    applications: dict[str, Json] = attrs.field(factory=dict)
    public_keys: dict[str, str] = attrs.field(factory=dict)
    users: dict[str, Json] = attrs.field(factory=dict)
    redacted: list[Json] = attrs.field(factory=list)
    posts: Counter[str] = attrs.field(factory=Counter)
    refusals: dict[str, Refusal] = attrs.field(factory=dict)
    random: random.Random = attrs.field(factory=lambda: random.Random(0))

    def new_id(self, prefix: str, length: int) -> str:
        """An id of the documents' shape."""
        return prefix + "".join(self.random.choices(_ID, k=length))

    def new_uuid(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    @property
    def campaigns(self) -> dict[str, Campaign]:
        """10DLC campaigns by id."""
        self._let_go()
        return self._campaigns

    @property
    def numbers(self) -> dict[str, Number]:
        """The linked numbers, those included that readers do not see yet."""
        self._let_go()
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
        self._hold(number, linked, seen=True)
        return linked

    def accept_link(self, number: str, campaign_id: str, country: str, compliance: tuple[str, ...]) -> Number:
        """Link a number as the API does it: the carriers decide later, and readers see it later."""
        carriers = self.behaviour.carriers
        if carriers.instant:
            linked = Number(campaign_id, country, carriers.approved, compliance)
        else:
            nth = self._times[number]
            self._times[number] += 1
            link = Link(self.clock.seconds(), carriers.decision(number, nth), carriers.pending, self.clock.seconds)
            linked = Number(campaign_id, country, None, compliance, nth, link=link)
        self._hold(number, linked, seen=False)
        return linked

    def unlink(self, number: str) -> None:
        """Unlink a number as the API does it, which may take a while; one that is on its way out stays so."""
        linked = self.numbers[number]
        if linked.unlinking:
            return
        delay = self.behaviour.carriers.unlinking(number, linked.time)
        if delay:
            linked.unlinking = True
            linked._status = None
            heapq.heappush(self._leaving, (self.clock.seconds() + delay, next(self._order), number, linked))
        else:
            self._drop(number, None)

    def engage(self, number: str, engagement_id: str) -> None:
        """Make a number part of an engagement, to prepare a test: it shows at once."""
        self.engaged[number] = engagement_id
        self.engagements[engagement_id].members.add(number, None, seen=True)

    def refuse(self, number: str, status: int, operations: Iterable[str] = NUMBER_OPERATIONS) -> None:
        """Answer an error of the API whenever it is asked about one number of 10DLC.

        Args:
            number: The number, in digits.
            status: The HTTP status of the error: 403, 422, ...
            operations: The operations that get it. Default: linking, getting and unlinking the number.

        Raises:
            ValueError: for a status that is not an error's, or an operation that is not about one number.
        """
        if not 400 <= status <= 599:
            raise ValueError(f"status must be that of an error, from 400 to 599, not {status!r}")
        refused = frozenset(operations)
        for operation in sorted(refused - set(NUMBER_OPERATIONS)):
            raise ValueError(f"operations: {unknown(operation, NUMBER_OPERATIONS)}")
        self.refusals[number] = Refusal(status, refused)

    def add_campaign(self, campaign_id: str, brand_id: str = BRAND, data: Json | None = None) -> Campaign:
        """Add a campaign to a brand, whose numbers readers see as late as the settings say."""
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

    def new_engagement(self, data: Json) -> Engagement:
        """An engagement whose numbers readers see as late as the settings say."""
        return Engagement(data, Lagging(self.behaviour.visible_after, self.clock.seconds))

    def _hold(self, number: str, linked: Number, *, seen: bool) -> None:
        before = self.numbers.get(number)
        if before is not None:
            self._drop(number, None)
        campaign = self._campaigns[linked.campaign_id]
        if campaign.hipaa is None:
            campaign.hipaa = HIPAA in linked.compliance
        self._numbers[number] = linked
        campaign.members.add(number, linked, seen=seen)

    def _drop(self, number: str, at: float | None) -> None:
        linked = self._numbers.pop(number)
        self._campaigns[linked.campaign_id].members.remove(number, at=at)

    def _let_go(self) -> None:
        """Drop the numbers whose unlinking is done."""
        leaving = self._leaving
        if not leaving:
            return
        now = self.clock.seconds()
        while leaving and leaving[0][0] <= now:
            at, _, number, linked = heapq.heappop(leaving)
            if self._numbers.get(number) is linked:  # it has not been dropped otherwise meanwhile
                self._drop(number, at)
