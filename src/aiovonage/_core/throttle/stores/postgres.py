"""A store in Postgres, for processes on any number of machines.

Each exchange is one call of a function in the database, and so one statement: no transaction stays open between two
network packets, a process that is stopped holds no lock, and PgBouncer may pool by transaction. The clock is the
server's, read after the lock was got, so that it never runs backwards. The tables are unlogged: what is shared is of no
use after a crash of the database, and an exchange need not wait for its disk.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
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
    import psycopg

    Connection = psycopg.AsyncConnection[Any]

NAME = "aiovonage_throttle"
"""Of the table and the function; another format of either gets another name."""

_SCHEMA = f"""
CREATE UNLOGGED TABLE IF NOT EXISTS {NAME} (
    lane text PRIMARY KEY,
    token bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT '',
    number float8 NOT NULL DEFAULT 0,
    moment float8 NOT NULL DEFAULT 0,
    "interval" float8 NOT NULL DEFAULT 0,
    closed_until float8 NOT NULL DEFAULT 0,
    void float8 NOT NULL DEFAULT 0,
    issued float8 NOT NULL DEFAULT 0,
    all_taken boolean NOT NULL DEFAULT true,
    accepted bigint NOT NULL DEFAULT 0,
    members int NOT NULL DEFAULT 0,
    used_at float8
) WITH (fillfactor = 50);
-- The state is long and seldom changes: out of line, it is not written again with every exchange.
ALTER TABLE {NAME} ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE UNLOGGED TABLE IF NOT EXISTS {NAME}_member (
    lane text NOT NULL, member text NOT NULL, seen float8 NOT NULL, PRIMARY KEY (lane, member)
);

-- Does what Ledger.exchange does; see there.
CREATE OR REPLACE FUNCTION {NAME}_exchange(
    ask_lane text, ask_member text, present boolean, known bigint, more_accepted bigint, wanted int, ahead float8,
    expected bigint, new_token bigint, new_state text, new_interval float8, new_closed_until float8,
    OUT now_ float8, OUT token_ bigint, OUT state_ text, OUT number_ float8, OUT moment_ float8, OUT interval_ float8,
    OUT closed_until_ float8, OUT void_ float8, OUT first_ float8, OUT count_ int, OUT accepted_ bigint,
    OUT all_taken_ boolean, OUT members_ int
) LANGUAGE plpgsql AS $$
DECLARE
    r {NAME}%ROWTYPE;
    turn float8;
    largest CONSTANT float8 := 1e300;  -- NaN is greater than any number
    changed boolean := false;
BEGIN
    SELECT * INTO r FROM {NAME} t WHERE t.lane = ask_lane FOR UPDATE;
    IF NOT FOUND THEN
        -- A new lane is the moment to remove those that were forgotten long ago.
        DELETE FROM {NAME} t WHERE t.lane IN (
            SELECT o.lane FROM {NAME} o
            WHERE o.used_at < extract(epoch FROM clock_timestamp()) - 2 * {FORGET_AFTER} FOR UPDATE SKIP LOCKED
        );
        INSERT INTO {NAME} (lane) VALUES (ask_lane) ON CONFLICT DO NOTHING;
        SELECT * INTO r FROM {NAME} t WHERE t.lane = ask_lane FOR UPDATE;
    END IF;
    now_ := extract(epoch FROM clock_timestamp());

    IF r.used_at IS NOT NULL AND NOT (
        abs(r.number) < largest AND abs(r.moment) < largest AND abs(r."interval") < largest
        AND abs(r.closed_until) < largest AND abs(r.void) < largest AND abs(r.issued) < largest
        AND r.used_at BETWEEN now_ - {FORGET_AFTER} AND now_ + {CLOCK_STEP}
        AND r."interval" >= 0 AND r.accepted >= 0 AND r.closed_until <= now_ + {FARTHEST}
        AND r.moment + (r.issued - r.number) * r."interval" <= greatest(now_, r.closed_until) + {FARTHEST}
    ) THEN
        r.token := 0; r.state := ''; r.number := 0; r.moment := 0; r."interval" := 0; r.closed_until := 0;
        r.void := 0; r.issued := 0; r.all_taken := true; r.accepted := 0;
        changed := true;
    END IF;

    IF present THEN
        INSERT INTO {NAME}_member VALUES (ask_lane, ask_member, now_)
            ON CONFLICT (lane, member) DO UPDATE SET seen = excluded.seen;
        DELETE FROM {NAME}_member m WHERE m.lane = ask_lane AND m.seen NOT BETWEEN now_ - {SEEN_LATELY} AND now_;
        SELECT count(*) INTO r.members FROM {NAME}_member m WHERE m.lane = ask_lane;
    END IF;

    r.accepted := r.accepted + more_accepted;

    IF expected = r.token THEN
        turn := r.issued;
        IF r."interval" > 0 THEN
            turn := r.number + (greatest(now_, r.moment) - r.moment) / r."interval";
        END IF;
        IF new_closed_until > now_ THEN
            r.issued := greatest(r.issued, turn);
        END IF;
        IF r."interval" > 0 AND new_interval > 2 * r."interval" THEN
            r.issued := greatest(r.issued, turn);
            turn := r.issued;
            r.void := r.issued;
        END IF;
        r.number := turn; r.moment := greatest(now_, new_closed_until); r."interval" := new_interval;
        r.closed_until := new_closed_until; r.token := new_token; r.state := new_state; r.all_taken := true;
        changed := true;
    END IF;

    count_ := 0;
    first_ := 0;
    IF r."interval" > 0 THEN
        count_ := least(
            wanted, greatest(1, floor(least(1e6, ahead / (r."interval" * greatest(1, r.members))))::int)
        );
    END IF;
    IF count_ > 0 THEN
        turn := r.number + (now_ - {CATCH_UP} - r.moment) / r."interval";
        IF turn > r.issued THEN
            r.all_taken := false;
            r.issued := turn;
        END IF;
        first_ := r.issued;
        r.issued := r.issued + count_;
    END IF;

    IF changed THEN
        UPDATE {NAME} t SET token = r.token, state = r.state, number = r.number, moment = r.moment,
            "interval" = r."interval", closed_until = r.closed_until, void = r.void, issued = r.issued,
            all_taken = r.all_taken, accepted = r.accepted, members = r.members, used_at = now_
        WHERE t.lane = ask_lane;
    ELSE
        UPDATE {NAME} t SET issued = r.issued, all_taken = r.all_taken, accepted = r.accepted, members = r.members,
            used_at = now_
        WHERE t.lane = ask_lane;
    END IF;

    token_ := r.token; number_ := r.number; moment_ := r.moment; interval_ := r."interval";
    closed_until_ := r.closed_until; void_ := r.void; accepted_ := r.accepted; all_taken_ := r.all_taken;
    members_ := r.members;
    IF r.token <> known AND r.token <> 0 THEN
        state_ := r.state;
    END IF;
END $$
"""

_EXCHANGE = f"SELECT * FROM {NAME}_exchange(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"

_NEVER = (
    "password authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "invalid port number",
)
"""In messages of failures that another try does not mend. Postgres gives no code when it refuses a connection."""


class PostgresStore:
    """A table in Postgres. Each event loop has a connection of its own, which is made when it is first needed.

    Args:
        url: `postgresql://...`, as libpq reads it.

    Raises:
        ConfigurationError: when psycopg is not installed, or the URL is not one.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise ConfigurationError(
                "shared_in: postgresql:// needs psycopg; install it with: pip install 'aiovonage[jobs]'"
            ) from None
        self._psycopg = psycopg
        self._url = url
        parts = None
        with suppress(psycopg.Error):  # its message may quote the password
            parts = psycopg.conninfo.conninfo_to_dict(url)
        if parts is None:
            raise ConfigurationError("shared_in is not a valid postgresql:// URL; see libpq's connection URIs")
        self.name: str = f"postgresql://{parts.get('host') or 'localhost'}/{parts.get('dbname') or ''}"
        self._lines: LoopLocal[_Line] = LoopLocal(_Line, _abandon)

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out an exchange."""
        line = self._lines.get()
        connection = await self._connected(line)
        failure: StoreUnavailable | ConfigurationError
        try:
            return await self._call(connection, ask)
        except (self._psycopg.errors.InsufficientPrivilege, self._psycopg.errors.InvalidSchemaName) as error:
            failure = ConfigurationError(
                f"shared_in: {self.name}: {_first_line(error)}; grant the role what it needs to create the table "
                f"{NAME} once, or let another role use this database once and grant this one all on {NAME}"
            )
        except self._psycopg.Error as error:
            failure = StoreUnavailable(_first_line(error))
        except BaseException:
            line.discard()  # in the middle of an answer
            raise
        line.discard()
        raise failure

    async def _call(self, connection: Connection, ask: Ask) -> Answer:
        proposal = ask.proposal
        arguments = [ask.lane, ask.member, ask.present, ask.known, ask.accepted, ask.wanted, ask.ahead]
        if proposal is None:
            arguments += [None] * 5
        else:
            arguments += [proposal.expected, proposal.token, proposal.state, proposal.interval, proposal.closed_until]
        try:
            row = await (await connection.execute(_EXCHANGE, arguments)).fetchone()
        except (self._psycopg.errors.UndefinedFunction, self._psycopg.errors.UndefinedTable):
            await self._create(connection)
            row = await (await connection.execute(_EXCHANGE, arguments)).fetchone()
        assert row is not None
        now, token, state, number, moment, interval, closed_until, void, first, count, accepted, taken, members = row
        return Answer(
            now=now,
            token=token,
            state=state,
            schedule=Schedule(number, moment, interval, closed_until, void),
            first=first,
            count=count,
            accepted=accepted,
            all_taken=taken,
            members=members,
        )

    async def _create(self, connection: Connection) -> None:
        async with connection.transaction():
            # Two processes that start together: CREATE ... IF NOT EXISTS alone fails for one of them.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [NAME])
            await connection.execute(_SCHEMA)

    async def _connected(self, line: _Line) -> Connection:
        """The connection. Making one goes on if the exchange is given up meanwhile, for the next one to use it."""
        if line.connection is not None and not line.connection.closed:
            return line.connection
        if line.connecting is None or line.connecting.done():
            line.connecting = asyncio.get_running_loop().create_task(self._connect(line))
            line.connecting.add_done_callback(_take_note)
        connecting = line.connecting
        failure: StoreUnavailable | ConfigurationError
        try:
            return await asyncio.shield(connecting)
        except self._psycopg.Error as error:
            message = _first_line(error)
            if any(words in message for words in _NEVER):
                failure = ConfigurationError(f"shared_in: {self.name}: {message}")
            else:
                failure = StoreUnavailable(message)
        raise failure  # outside of the handler, or the URL with its password would be in the traceback

    async def _connect(self, line: _Line) -> Connection:
        # Without prepared statements, for PgBouncer.
        line.connection = await self._psycopg.AsyncConnection.connect(
            self._url, autocommit=True, prepare_threshold=None, connect_timeout=10
        )
        return line.connection

    async def close(self) -> None:
        """Close the connection of this event loop."""
        line = self._lines.get()
        if line.connecting is not None:
            line.connecting.cancel()
            await asyncio.wait([line.connecting])
        if line.connection is not None:
            await line.connection.close()
        line.connection = line.connecting = None


class _Line:
    """The connection of an event loop."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.connecting: asyncio.Task[Connection] | None = None

    def discard(self) -> None:
        """The connection is of no use any more."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.pgconn.finish()


_INHERITED: list[object] = []
"""Connections of a parent process: kept, since closing one would end the parent's session as well."""


def _abandon(line: _Line, home: Home) -> None:
    if home.pid != os.getpid():
        _INHERITED.append(line)
    else:
        line.discard()


def _take_note(connecting: asyncio.Task[Connection]) -> None:
    """Nobody may be left to hear that it failed."""
    if not connecting.cancelled():
        connecting.exception()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
