"""A store in Postgres, for processes on any number of machines.

Each exchange is one call of a function in the database, and so one statement: no transaction stays open between two
network packets, a stopped process holds no lock, and PgBouncer may use transaction pooling. The clock is the server's.
It is read after the lock is acquired, so it never runs backwards. The tables are unlogged: the shared data is of no use
after a crash of the database, and an exchange need not wait for its disk.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from aiovonage._core.event_loop.loop_local import Home, LoopLocal
from aiovonage._core.hidden_url import HiddenUrl
from aiovonage._core.postgres_url import is_permanent, name_of
from aiovonage._core.throttle.stores.ledger import Answer, Ask, Schedule
from aiovonage._core.throttle.stores.postgres_schema import EXCHANGE, NAME, SCHEMA
from aiovonage._core.throttle.stores.rate_store import StoreUnavailable
from aiovonage.errors import ConfigurationError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.AsyncConnection[Any]


class PostgresStore:
    """A table in Postgres. Each event loop has its own connection, which is opened on first use.

    Args:
        url: `postgresql://...`, as libpq reads it.

    Raises:
        ConfigurationError: if psycopg is not installed, or the URL is not valid.
    """

    def __init__(self, url: HiddenUrl) -> None:
        try:
            import psycopg
        except ImportError:
            raise ConfigurationError(
                "shared_in: postgresql:// needs psycopg; install it with: pip install 'aiovonage[jobs]'"
            ) from None
        self._psycopg = psycopg
        self._url = url
        name = name_of(url)
        if name is None:
            raise ConfigurationError("shared_in is not a valid postgresql:// URL; see libpq's connection URIs")
        self.name: str = name
        self._lines: LoopLocal[_Line] = LoopLocal(_Line, _abandon)

    async def exchange(self, ask: Ask) -> Answer:
        """Carry out an exchange, after that of another queue in this event loop."""
        line = self._lines.get()
        # psycopg has a lock of its own, but it would not keep an exchange that is cancelled from discarding the
        # connection while another one waits for an answer on it, which then never comes.
        async with line.using:
            return await self._exchange(line, ask)

    async def _exchange(self, line: _Line, ask: Ask) -> Answer:
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
        arguments = [ask.queue, ask.member, ask.present, ask.known, ask.accepted, ask.wanted, ask.ahead]
        if proposal is None:
            arguments += [None] * 5
        else:
            arguments += [proposal.expected, proposal.token, proposal.state, proposal.interval, proposal.paused_until]
        try:
            row = await (await connection.execute(EXCHANGE, arguments)).fetchone()
        except (self._psycopg.errors.UndefinedFunction, self._psycopg.errors.UndefinedTable):
            await self._create(connection)
            row = await (await connection.execute(EXCHANGE, arguments)).fetchone()
        assert row is not None
        now, token, state, number, moment, interval, paused_until, void, first, count, accepted, saturated, members = (
            row
        )
        return Answer(
            now=now,
            token=token,
            state=state,
            schedule=Schedule(number, moment, interval, paused_until, void),
            first=first,
            count=count,
            accepted=accepted,
            saturated=saturated,
            members=members,
        )

    async def _create(self, connection: Connection) -> None:
        async with connection.transaction():
            # If two processes start together, CREATE ... IF NOT EXISTS alone fails for one of them.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [NAME])
            await connection.execute(SCHEMA)

    async def _connected(self, line: _Line) -> Connection:
        """Return the connection. If the exchange is cancelled, connecting continues, for the next exchange to use."""
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
            if is_permanent(message):
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
        self.using: asyncio.Lock = asyncio.Lock()

    def discard(self) -> None:
        """Drop a connection that can't be used any more."""
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
    """Retrieve the exception: there may be nobody left to await the task."""
    if not connecting.cancelled():
        connecting.exception()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
