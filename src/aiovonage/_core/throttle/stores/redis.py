"""A store in Redis or Valkey, for processes on any number of machines.

Each exchange is one script, which Redis runs as a whole. The clock is the server's. Keys expire an hour after their
last use.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aiovonage._core.event_loop.loop_local import Home, LoopLocal
from aiovonage._core.throttle.stores.ledger import Answer, Ask, Schedule
from aiovonage._core.throttle.stores.rate_store import StoreUnavailable
from aiovonage._core.throttle.stores.redis_script import EXCHANGE
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "aiovonage:throttle"
"""The prefix of all keys. If the format of the hash changes, the prefix must change."""


class RedisStore:
    """A hash in Redis or Valkey. Each event loop has its own connections.

    Args:
        url: `redis://...`, or `rediss://...` for TLS.

    Raises:
        ConfigurationError: if redis-py is not installed, or the URL is not valid.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis.asyncio
        except ImportError:
            raise ConfigurationError(
                "shared_in: redis:// needs redis-py; install it with: pip install 'aiovonage[redis]'"
            ) from None
        self._redis = redis
        self._url = url
        try:
            parts = redis.asyncio.connection.parse_url(url)
        except ValueError:
            parts = None  # the message may quote the password
        if parts is None:
            raise ConfigurationError(
                "shared_in is not a valid redis:// URL; it is redis://[[user]:password@]host:port/n"
            )
        self.name: str = (
            f"redis://{parts.get('host') or 'localhost'}:{parts.get('port') or 6379}/{parts.get('db') or 0}"
        )
        self._clients: LoopLocal[Redis] = LoopLocal(self._client, _abandon)

    def _client(self) -> Redis:
        # The processes that share the rate retry a failed exchange, and continue without it in the meantime.
        client: Redis = self._redis.asyncio.Redis.from_url(self._url, decode_responses=True)
        return client

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out an exchange."""
        errors = self._redis.exceptions
        failure: StoreUnavailable | ConfigurationError
        try:
            return await self._call(self._clients.get(), ask)
        except (errors.AuthenticationError, errors.NoPermissionError) as error:
            failure = ConfigurationError(f"shared_in: {self.name}: {error}")
        except (errors.RedisError, OSError) as error:
            failure = StoreUnavailable(str(error) or type(error).__name__)
        raise failure  # outside of the handler, or the URL with its password would be in the traceback

    async def _call(self, client: Redis, ask: Ask) -> Answer:
        keys = [f"{PREFIX}:{{{ask.queue}}}", f"{PREFIX}:{{{ask.queue}}}:members"]
        arguments: list[str | int | float] = [
            ask.member, int(ask.present), ask.known, ask.accepted, ask.wanted, ask.ahead,
        ]  # fmt: skip
        proposal = ask.proposal
        if proposal is None:
            arguments += [""] * 5
        else:
            arguments += [proposal.expected, proposal.token, proposal.state, proposal.interval, proposal.paused_until]
        script = client.register_script(EXCHANGE)
        (
            now,
            token,
            state,
            number,
            moment,
            interval,
            paused_until,
            void,
            first,
            count,
            accepted,
            saturated,
            members,
        ) = await script(keys=keys, args=arguments)
        return Answer(
            now=float(now),
            token=int(float(token)),
            state=state,
            schedule=Schedule(float(number), float(moment), float(interval), float(paused_until), float(void)),
            first=float(first),
            count=int(float(count)),
            accepted=int(float(accepted)),
            saturated=float(saturated) == 1,
            members=int(float(members)),
        )

    async def close(self) -> None:
        """Close the connections of this event loop."""
        await self._clients.get().aclose()


def _abandon(client: Any, home: Home) -> None:
    if home.pid != os.getpid():
        _INHERITED.append(client)


_INHERITED: list[object] = []
"""Connections of a parent process: kept, since closing one would end the parent's as well."""
