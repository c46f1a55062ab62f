"""What the sandbox holds."""

from __future__ import annotations

import random
import string
from collections import Counter

import attrs

from aiovonage.sandbox.specs import Json

BRAND, CAMPAIGN = "BLQKOPK", "C1DEB879"
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
class State:
    """Everything, by kind.

    Attributes:
        brands: 10DLC brands by id.
        campaigns: 10DLC campaigns by id.
        numbers: Linked numbers.
        posts: How often each number was POSTed to be linked.
        random: Where ids come from.
    """

    brands: dict[str, Brand] = attrs.field(factory=dict)
    campaigns: dict[str, Campaign] = attrs.field(factory=dict)
    numbers: dict[str, Number] = attrs.field(factory=dict)
    posts: Counter[str] = attrs.field(factory=Counter)
    random: random.Random = attrs.field(factory=lambda: random.Random(0))

    def new_id(self, prefix: str, length: int) -> str:
        """An id of the documents' shape."""
        return prefix + "".join(self.random.choices(_ID, k=length))

    def link(self, number: str, campaign_id: str, country: str = "US", status: str = "PENDING") -> Number:
        """Link a number to a campaign, as to prepare a test."""
        linked = self.numbers[number] = Number(campaign_id, country, status)
        self.campaigns[campaign_id].numbers[number] = None
        return linked
