"""What the sandbox holds."""

from __future__ import annotations

import random
import string
import uuid
from collections import Counter

import attrs

from aiovonage.sandbox.specs import Json

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
IDENTITY, ENGAGEMENT = "BLQKOPK", "C1DEB879"
"""What is there from the start, under the ids of the documents' examples."""

_ID = string.ascii_uppercase + string.digits


@attrs.define
class Number:
    """A number that is linked to a campaign."""

    campaign_id: str
    country: str
    status: str = "PENDING"


@attrs.define
class Campaign:
    """A campaign and its numbers, in the order in which they were linked."""

    brand_id: str
    data: Json
    numbers: dict[str, None] = attrs.field(factory=dict)
    active: bool = True


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
    numbers: dict[str, None] = attrs.field(factory=dict)


@attrs.define
class State:
    """Everything, by kind; where nothing else is said, the JSON of each thing by its id.

    Attributes:
        brands: 10DLC brands by id.
        campaigns: 10DLC campaigns by id.
        numbers: Linked numbers.
        engaged: The engagement of each number that is part of one.
        opt_ins: The entries of the opt-in list by number.
        wabas: WhatsApp business accounts.
        waba_numbers: Their numbers by number.
        profiles: The business profiles of those numbers, by number.
        opt_outs: The opt-out keywords of RCS senders.
        redacted: The transactions that were redacted.
        public_keys: The public key of each application.
        posts: How often each number was POSTed to be linked.
        random: Where ids come from.
    """

    brands: dict[str, Brand] = attrs.field(factory=dict)
    campaigns: dict[str, Campaign] = attrs.field(factory=dict)
    numbers: dict[str, Number] = attrs.field(factory=dict)
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
    random: random.Random = attrs.field(factory=lambda: random.Random(0))

    def new_id(self, prefix: str, length: int) -> str:
        """An id of the documents' shape."""
        return prefix + "".join(self.random.choices(_ID, k=length))

    def new_uuid(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def link(self, number: str, campaign_id: str, country: str = "US", status: str = "PENDING") -> Number:
        """Link a number to a campaign, as to prepare a test."""
        linked = self.numbers[number] = Number(campaign_id, country, status)
        self.campaigns[campaign_id].numbers[number] = None
        return linked
