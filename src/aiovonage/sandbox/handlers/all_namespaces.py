"""Loads the handlers of all namespaces, which register themselves, and seeds the state."""

from __future__ import annotations

from aiovonage.sandbox.handlers import applications, opt_ins, redact, users
from aiovonage.sandbox.handlers.engagements import identities, numbers, objects
from aiovonage.sandbox.handlers.rcs import agents, capabilities
from aiovonage.sandbox.handlers.registry import HANDLERS, Handler
from aiovonage.sandbox.handlers.ten_dlc import brands, campaigns, vettings
from aiovonage.sandbox.handlers.ten_dlc import numbers as ten_dlc_numbers
from aiovonage.sandbox.handlers.whatsapp import accounts, analytics, subscriptions
from aiovonage.sandbox.state import State

MODULES = (
    *(brands, vettings, campaigns, ten_dlc_numbers),
    *(identities, objects, numbers),
    opt_ins,
    *(accounts, analytics, subscriptions),
    *(agents, capabilities),
    applications,
    users,
    redact,
)
"""Listed, because a module that nothing uses looks like an import that is not needed."""


def handler_of(operation_id: str) -> Handler | None:
    """The handler of an operation, such as `ten_dlc.get_brand`."""
    return HANDLERS.get(operation_id)


def seed(state: State) -> None:
    """Add what a new sandbox holds, under the ids of the documents' examples."""
    brands.seed(state)
    campaigns.seed(state)
    identities.seed(state)
    objects.seed(state)
    opt_ins.seed(state)
    accounts.seed(state)
    subscriptions.seed(state)
    agents.seed(state)
