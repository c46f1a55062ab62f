"""What the sandbox holds of WhatsApp."""

from __future__ import annotations

import attrs

from aiovonage.sandbox.specs import Json


@attrs.define
class WhatsApp:
    """Business accounts (WABAs) and what belongs to them, each as JSON.

    Attributes:
        wabas: Accounts by id.
        numbers: Their numbers, by number.
        profiles: The business profile of each number.
        subscriptions: Subscriptions to notifications by id.
    """

    wabas: dict[str, Json] = attrs.field(factory=dict)
    numbers: dict[str, Json] = attrs.field(factory=dict)
    profiles: dict[str, Json] = attrs.field(factory=dict)
    subscriptions: dict[str, Json] = attrs.field(factory=dict)
