"""`GET /_sandbox/state`: the contents of the sandbox as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from aiovonage.sandbox.state import State


def contents(state: State, statuses: Counter[int], injected: Counter[str], *, numbers: bool, posts: bool) -> Any:
    """What the sandbox holds.

    Args:
        state: The state.
        statuses: The number of responses by HTTP status.
        injected: The number of faults by kind.
        numbers: Whether to list all numbers (`?numbers=1`), rather than count them.
        posts: Whether to list how often each number was POSTed (`?posts=1`).
    """
    campaigns, engagements = state.campaigns, state.engagements
    shown: dict[str, Any] = {
        "brands": len(state.brands),
        "campaigns": {name: len(campaign.numbers) for name, campaign in campaigns.items()},
        "numbers": len(state.numbers),
        "engagements": {name: len(engagement.numbers) for name, engagement in engagements.items()},
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "faults": dict(injected),
    }
    if numbers:
        shown["linked"] = {name: list(campaign.numbers) for name, campaign in campaigns.items()}
        shown["number_status"] = {
            name: {number: linked.status for number, linked in campaign.numbers.items()}
            for name, campaign in campaigns.items()
        }
        shown["engaged"] = {name: list(engagement.numbers) for name, engagement in engagements.items()}
    if numbers or posts:
        shown["posts"] = state.posts
    return shown
