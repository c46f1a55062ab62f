"""A store in Redis or Valkey, for processes on any number of machines.

Each exchange is one script, which Redis runs as a whole. The clock is the server's. Keys expire an hour after their
last use.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aiovonage._core.event_loop.loop_local import Home, LoopLocal
from aiovonage._core.throttle.stores.ledger import (
    CATCH_UP,
    CLOCK_STEP,
    FARTHEST,
    FORGET_AFTER,
    SEEN_LATELY,
    Answer,
    Ask,
    Schedule,
)
from aiovonage._core.throttle.stores.open_store import StoreUnavailable
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "aiovonage:throttle"
"""Of all keys; another format of the hash gets another one."""

_EXCHANGE = f"""
-- Does what Ledger.exchange does; see there. KEYS: the hash, the set of members.
local member, present, known, more, wanted, ahead = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local expected, token, state, interval, closed_until = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local names = {{'number', 'moment', 'interval', 'closed_until', 'void', 'issued', 'accepted', 'members', 'used_at',
    'token', 'all_taken'}}
local values = redis.call('HMGET', KEYS[1], unpack(names))
local r = {{}}
local credible = true
for i, name in ipairs(names) do
    local number = tonumber(values[i] or '0')
    -- NaN differs from itself.
    if number == nil or number ~= number or math.abs(number) > 1e300 then
        credible, number = false, 0
    end
    r[name] = number
end
if not values[9] then
    r.all_taken = 1
elseif not (credible and r.used_at >= now - {FORGET_AFTER} and r.used_at <= now + {CLOCK_STEP}
        and r.interval >= 0 and r.accepted >= 0 and r.closed_until <= now + {FARTHEST}
        and r.moment + (r.issued - r.number) * r.interval <= math.max(now, r.closed_until) + {FARTHEST}) then
    local members = r.members
    for _, name in ipairs(names) do
        r[name] = 0
    end
    r.members, r.all_taken = members, 1
    redis.call('DEL', KEYS[1])
end

local function text(number)
    return string.format('%.17g', number)
end

if present == '1' then
    redis.call('ZADD', KEYS[2], text(now), member)
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. text(now - {SEEN_LATELY}))
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '(' .. text(now), '+inf')
    redis.call('EXPIRE', KEYS[2], {int(SEEN_LATELY) + 1})
    r.members = redis.call('ZCARD', KEYS[2])
end

r.accepted = r.accepted + tonumber(more)

if expected ~= '' and tonumber(expected) == r.token then
    interval, closed_until = tonumber(interval), tonumber(closed_until)
    local turn = r.issued
    if r.interval > 0 then
        turn = r.number + (math.max(now, r.moment) - r.moment) / r.interval
    end
    if closed_until > now then
        r.issued = math.max(r.issued, turn)
    end
    if r.interval > 0 and interval > 2 * r.interval then
        r.issued = math.max(r.issued, turn)
        turn, r.void = r.issued, r.issued
    end
    r.number, r.moment, r.interval, r.closed_until = turn, math.max(now, closed_until), interval, closed_until
    r.token, r.all_taken = tonumber(token), 1
    redis.call('HSET', KEYS[1], 'state', state)
end

local count, first = 0, 0
if r.interval > 0 then
    local part = tonumber(ahead) / (r.interval * math.max(1, r.members))
    count = math.min(tonumber(wanted), math.max(1, math.floor(part)))
end
if count > 0 then
    local due = r.number + (now - {CATCH_UP} - r.moment) / r.interval
    if due > r.issued then
        r.all_taken, r.issued = 0, due
    end
    first = r.issued
    r.issued = r.issued + count
end

r.used_at = now
local fields = {{}}
for _, name in ipairs(names) do
    fields[#fields + 1] = name
    fields[#fields + 1] = text(r[name])
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('EXPIRE', KEYS[1], {int(FORGET_AFTER)})

local news = false
if r.token ~= 0 and r.token ~= tonumber(known) then
    news = redis.call('HGET', KEYS[1], 'state')
end
return {{text(now), text(r.token), news, text(r.number), text(r.moment), text(r.interval), text(r.closed_until),
    text(r.void), text(first), text(count), text(r.accepted), text(r.all_taken), text(r.members)}}
"""


class RedisStore:
    """A hash in Redis or Valkey. Each event loop has connections of its own.

    Args:
        url: `redis://...`, or `rediss://...` for TLS.

    Raises:
        ConfigurationError: when redis-py is not installed, or the URL is not one.
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
        # A failed exchange is tried again by those who share the rate, who go on without it meanwhile.
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
        keys = [f"{PREFIX}:{{{ask.lane}}}", f"{PREFIX}:{{{ask.lane}}}:members"]
        arguments: list[str | int | float] = [
            ask.member, int(ask.present), ask.known, ask.accepted, ask.wanted, ask.ahead,
        ]  # fmt: skip
        proposal = ask.proposal
        if proposal is None:
            arguments += [""] * 5
        else:
            arguments += [proposal.expected, proposal.token, proposal.state, proposal.interval, proposal.closed_until]
        script = client.register_script(_EXCHANGE)
        (
            now,
            token,
            state,
            number,
            moment,
            interval,
            closed_until,
            void,
            first,
            count,
            accepted,
            taken,
            members,
        ) = await script(keys=keys, args=arguments)
        return Answer(
            now=float(now),
            token=int(float(token)),
            state=state,
            schedule=Schedule(float(number), float(moment), float(interval), float(closed_until), float(void)),
            first=float(first),
            count=int(float(count)),
            accepted=int(float(accepted)),
            all_taken=float(taken) == 1,
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
