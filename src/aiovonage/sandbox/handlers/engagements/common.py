"""What the handlers of messaging engagements share."""

from __future__ import annotations

from aiovonage.sandbox.handlers.engagements.state import Engagement
from aiovonage.sandbox.handlers.registry import Call

ROOT = "/v1/messaging-engagement"
SPEC = "messaging-engagement.v1.yaml"


def find_engagement(call: Call) -> Engagement:
    """The engagement that the path names.

    Raises:
        ProblemResponse: 404 if it does not exist.
    """
    return call.find(call.state.messaging.engagements, "engagement_id")
