"""What the sandbox holds of RCS."""

from __future__ import annotations

import attrs

from aiovonage.sandbox.specs import Json


@attrs.define
class Rcs:
    """Brands, agents and opt-out keywords, each as JSON.

    Attributes:
        brands: Brands by id.
        agents: Agents by id.
        opt_outs: The opt-out keywords of each sender.
    """

    brands: dict[str, Json] = attrs.field(factory=dict)
    agents: dict[str, Json] = attrs.field(factory=dict)
    opt_outs: dict[str, Json] = attrs.field(factory=dict)
