"""The protocol of a store that several processes share."""

from __future__ import annotations

from typing import Protocol

from aiovonage._core.throttle.stores.ledger import Answer, Ask


class StoreUnavailable(Exception):
    """The store can't be used at the moment. Users never see this: each process continues at its share of the rate."""


class RateStore(Protocol):
    """A place for ledgers; see `Ledger`. Only the store's clock counts."""

    name: str
    """What to call it in messages, without a password."""

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out `Ledger.exchange` as one atomic step, at the store's own moment.

        Raises:
            StoreUnavailable: if the exchange failed. It may have been carried out anyway.
            ConfigurationError: if it can never succeed, for example because of a wrong password.
        """

    async def close(self) -> None:
        """Close what belongs to the running event loop. It is reopened on the next use."""
