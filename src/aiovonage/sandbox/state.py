"""What the sandbox holds. Each namespace's part stands beside its handlers, in `sandbox/handlers/`."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.clock import Clock
from aiovonage.sandbox.handlers.engagements.state import MessagingEngagements
from aiovonage.sandbox.handlers.rcs.state import Rcs
from aiovonage.sandbox.handlers.ten_dlc.state import BRAND, CAMPAIGN, NUMBER_OPERATIONS, TenDlc
from aiovonage.sandbox.handlers.whatsapp.state import WhatsApp
from aiovonage.sandbox.specs import Json

if TYPE_CHECKING:
    from collections import Counter

    from aiovonage.sandbox.handlers.engagements.state import Engagement
    from aiovonage.sandbox.handlers.ten_dlc.state import Brand, Campaign, Number

__all__ = ["BRAND", "CAMPAIGN", "State"]

_ID_CHARACTERS = string.ascii_uppercase + string.digits


@attrs.define
class State:
    """Everything the sandbox holds. Tests read and change it.

        sandbox.state.link("12025550101", "C1DEB879")  # a number that is linked already
        sandbox.state.campaigns["C1DEB879"].status = "SUSPENDED"
        assert sandbox.state.posts["12025550101"] == 1  # it was sent once

    Attributes:
        behaviour: The rules the sandbox follows.
        clock: The time.
        random: The source of new ids.
        ten_dlc: Brands, campaigns and numbers.
        messaging: Identities, engagements and their numbers.
        whatsapp: WhatsApp business accounts and their numbers.
        rcs: RCS brands and agents.
        opt_ins: The entries of the opt-in list by number.
        applications: Applications by id.
        users: Users by id.
        redacted: The transactions that were redacted.
    """

    behaviour: Behaviour = attrs.field(factory=Behaviour)
    clock: Clock = attrs.field(factory=Clock)
    random: random.Random = attrs.field(factory=lambda: random.Random(0))
    ten_dlc: TenDlc = attrs.field(init=False)
    messaging: MessagingEngagements = attrs.field(init=False)
    whatsapp: WhatsApp = attrs.field(factory=WhatsApp)
    rcs: Rcs = attrs.field(factory=Rcs)
    opt_ins: dict[str, Json] = attrs.field(factory=dict)
    applications: dict[str, Json] = attrs.field(factory=dict)
    users: dict[str, Json] = attrs.field(factory=dict)
    redacted: list[Json] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.ten_dlc = TenDlc(self.behaviour, self.clock)
        self.messaging = MessagingEngagements(self.behaviour, self.clock)

    def new_id(self, prefix: str, length: int) -> str:
        """An id shaped like those of the documents."""
        return prefix + "".join(self.random.choices(_ID_CHARACTERS, k=length))

    def new_uuid(self) -> str:
        """A random UUID, repeatable by the seed."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    # Shortcuts for tests, which are mostly about 10DLC numbers -------------------------------------------------------

    @property
    def brands(self) -> dict[str, Brand]:
        """10DLC brands by id."""
        return self.ten_dlc.brands

    @property
    def campaigns(self) -> dict[str, Campaign]:
        """10DLC campaigns by id."""
        return self.ten_dlc.campaigns

    @property
    def numbers(self) -> dict[str, Number]:
        """The linked numbers, including those that GETs and lists do not show yet."""
        return self.ten_dlc.numbers

    @property
    def posts(self) -> Counter[str]:
        """How often each number was POSTed to be linked."""
        return self.ten_dlc.posts

    @property
    def engagements(self) -> dict[str, Engagement]:
        """Messaging engagements by id."""
        return self.messaging.engagements

    @property
    def engaged(self) -> dict[str, str]:
        """The engagement of each number that belongs to one."""
        return self.messaging.engaged

    def link(
        self,
        number: str,
        campaign_id: str,
        country: str = "US",
        status: str | None = None,
        compliance: tuple[str, ...] = (),
    ) -> Number:
        """Link a number to a campaign, to prepare a test: it shows at once.

        Args:
            number: The number, in digits.
            campaign_id: The campaign.
            country: The number's country, as two letters.
            status: The API's word for its status. Default: approved.
            compliance: Compliance flags, such as `HIPAA`.
        """
        return self.ten_dlc.link(number, campaign_id, country, status, compliance)

    def refuse(self, number: str, status: int, operations: Iterable[str] = NUMBER_OPERATIONS) -> None:
        """Return an error of the API for every request about one 10DLC number.

        Args:
            number: The number, in digits.
            status: The HTTP status of the error: 403, 422, ...
            operations: The operations that return it. Default: linking, getting and unlinking the number.

        Raises:
            ValueError: if the status is not an error, or an operation is not about a single number.
        """
        self.ten_dlc.refuse(number, status, operations)

    def add_campaign(self, campaign_id: str, brand_id: str = BRAND, data: Json | None = None) -> Campaign:
        """Add an active campaign to a brand, to prepare a test.

        Args:
            campaign_id: Its id.
            brand_id: The brand. Default: the brand of a new sandbox.
            data: Further members of its JSON.
        """
        return self.ten_dlc.add_campaign(campaign_id, brand_id, data)

    def engage(self, number: str, engagement_id: str) -> None:
        """Add a number to an engagement, to prepare a test: it shows at once."""
        self.messaging.engage(number, engagement_id)
