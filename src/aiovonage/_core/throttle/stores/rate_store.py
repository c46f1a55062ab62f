"""The protocol of a store that several processes share."""

from __future__ import annotations

from typing import Protocol

from aiovonage._core.throttle.stores.ledger import Answer, Ask


class StoreUnavailable(Exception):
    """The store can't be used at the moment. It never reaches a user: each process goes on at its share of the rate."""


class RateStore(Protocol):
    """A place for ledgers; see `Ledger`. Its clock is the only one."""

    name: str
    """What to call it in messages, without a password."""

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out `Ledger.exchange` as one atomic step, at the store's own moment.

        Raises:
            StoreUnavailable: when that was not possible; it may have been carried out all the same.
            ConfigurationError: when it will never be possible, as with a wrong password.
        """

    async def close(self) -> None:
        """Close what belongs to the running event loop. It is opened again when it is needed."""
