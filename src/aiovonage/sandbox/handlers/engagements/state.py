"""What the sandbox holds of messaging engagements."""

from __future__ import annotations

import time
from collections.abc import Mapping

import attrs

from aiovonage.sandbox.behaviour import Behaviour
from aiovonage.sandbox.clock import Clock
from aiovonage.sandbox.lagging import Lagging
from aiovonage.sandbox.specs import Json

IDENTITY, ENGAGEMENT = "BLQKOPK", "C1DEB879"
"""The identity and the engagement of a new sandbox, with the ids of the documents' examples."""


@attrs.define
class Engagement:
    """An engagement and its numbers."""

    data: Json
    members: Lagging[None] = attrs.field(factory=lambda: Lagging[None](0.0, time.monotonic))

    @property
    def numbers(self) -> dict[str, None]:
        """Its numbers."""
        return self.members.numbers

    @numbers.setter
    def numbers(self, numbers: Mapping[str, None]) -> None:
        self.members.replace(numbers)


@attrs.define
class MessagingEngagements:
    """Identities, engagements and numbers.

    Attributes:
        behaviour: The rules the sandbox follows.
        clock: The time.
        identities: The JSON of each identity by id.
        engagements: Engagements by id.
        engaged: The engagement of each number that belongs to one.
    """

    behaviour: Behaviour
    clock: Clock
    identities: dict[str, Json] = attrs.field(factory=dict)
    engagements: dict[str, Engagement] = attrs.field(factory=dict)
    engaged: dict[str, str] = attrs.field(factory=dict)

    def engage(self, number: str, engagement_id: str) -> None:
        """Add a number to an engagement, to prepare a test: it shows at once."""
        self.engaged[number] = engagement_id
        self.engagements[engagement_id].members.add(number, None, visible=True)

    def new_engagement(self, data: Json) -> Engagement:
        """An engagement whose changes show after `Behaviour.visible_after` seconds."""
        return Engagement(data, Lagging(self.behaviour.visible_after, self.clock.seconds))
