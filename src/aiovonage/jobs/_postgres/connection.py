"""A connection to Postgres that is opened on demand, and reopened when it is lost.

Each use is one statement, so no transaction stays open between two network packets: a frozen worker holds no lock, and
PgBouncer may use transaction pooling. There are no prepared statements, and there is no session state.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from aiovonage._core.hidden_url import HiddenUrl
from aiovonage._core.postgres_url import is_permanent, name_of
from aiovonage.jobs._errors import JobsError, StoreUnavailable
from aiovonage.jobs._postgres.schema import FIND_VERSION, VERSION

if TYPE_CHECKING:
    import psycopg

CONNECTING = 10
"""Seconds until an attempt to connect times out."""

STATEMENT = 20.0
"""Seconds until a worker's statement times out: a network that drops packets reports no error."""


class Line:
    """A connection.

    Args:
        url: `postgresql://...`, as libpq reads it.

    Attributes:
        name: What it connects to, without the password.

    Raises:
        JobsError: if psycopg is not installed, or the URL is not valid.
    """

    def __init__(self, url: HiddenUrl) -> None:
        try:
            import psycopg
        except ImportError:
            raise JobsError(
                "jobs at postgresql:// need psycopg; install it with: pip install 'aiovonage[jobs]'"
            ) from None
        self._psycopg = psycopg
        self._url = url
        name = name_of(url)
        if name is None:
            raise JobsError("the store of jobs is not a valid postgresql:// URL; see libpq's connection URIs")
        self.name: str = name
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._using = asyncio.Lock()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._psycopg.Error):
                await connection.close()

    async def rows(self, statement: str, arguments: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        """Execute a statement and return its rows, if any.

        Raises:
            StoreUnavailable: if trying again can help.
            JobsError: for all other errors.
        """
        try:
            async with asyncio.timeout(STATEMENT):
                async with self.connected() as connection:
                    cursor = await connection.execute(statement, arguments)
                    return await cursor.fetchall() if cursor.description is not None else []
        except TimeoutError:
            raise StoreUnavailable(f"{self.name} has not answered for {STATEMENT:.0f} seconds") from None

    async def yes(self, statement: str, arguments: Sequence[object] | Mapping[str, object] = ()) -> bool:
        """Execute a statement that returns only whether it took effect."""
        return bool((await self.rows(statement, arguments))[0][0])

    @asynccontextmanager
    async def connected(self, *, migrated: bool = True) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Use the connection once, after whoever uses it now. It is discarded if that fails.

        psycopg has a lock of its own, but releases it before it is known here whether a cancelled statement has left
        the connection usable. Whoever came next was then cut off, or waited on a socket that was closed already.

        Args:
            migrated: Whether the tables must exist.
        """
        async with self._using:
            connection = await self._connect(migrated=migrated)
            try:
                with postgres_errors(self.name):
                    yield connection
            except BaseException:
                if self._connection is connection and (connection.closed or connection.broken or _is_busy(connection)):
                    self._connection = None
                    await connection.close()
                raise

    async def _connect(self, *, migrated: bool) -> psycopg.AsyncConnection[Any]:
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if os.name == "nt" and not isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop):
            raise JobsError(
                "psycopg needs a selector event loop on Windows: "
                "asyncio.run(main(), loop_factory=asyncio.SelectorEventLoop)"
            )
        failure: JobsError | None = None
        try:
            self._connection = await self._psycopg.AsyncConnection.connect(
                self._url, autocommit=True, prepare_threshold=None, connect_timeout=CONNECTING
            )
        except self._psycopg.Error as error:
            failure = _refused(self.name, error)
        if failure is not None:  # raised outside the handler: the frames of `error` hold the password
            raise failure
        assert self._connection is not None
        if migrated:
            try:
                with postgres_errors(self.name):
                    await check_version(self._connection, self.name)
            except BaseException:
                await self._connection.close()
                self._connection = None
                raise
        return self._connection


def _is_busy(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether it is in the middle of a statement or transaction, as after a cancellation."""
    from psycopg.pq import TransactionStatus

    return connection.info.transaction_status != TransactionStatus.IDLE


async def version_of(connection: psycopg.AsyncConnection[Any]) -> int:
    """The version of the tables; 0 if there are none."""
    from psycopg.rows import tuple_row

    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(FIND_VERSION)
        there = await cursor.fetchone()
        if there is None or not there[0]:
            return 0
        await cursor.execute("SELECT version FROM aiovonage_jobs_schema")
        found = await cursor.fetchone()
        return 0 if found is None else int(found[0])


async def check_version(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    """Check that the tables have this version's schema.

    Raises:
        JobsError: if they do not, or there are none.
    """
    found = await version_of(connection)
    if not found:
        raise JobsError(
            f"{name} has no tables for jobs. Make them with `aiovonage jobs migrate DSN`, or with await jobs.migrate()"
        )
    if found > VERSION:
        raise newer(name, found)
    if found < VERSION:
        raise JobsError(
            f"{name} has tables of an older aiovonage (version {found}; this one needs {VERSION}). Upgrade them with "
            "`aiovonage jobs migrate DSN`"
        )


def newer(name: str, found: int) -> JobsError:
    """The error for tables that a newer version created."""
    return JobsError(
        f"{name} has tables of a newer aiovonage (version {found}; this one knows {VERSION}). Upgrade aiovonage here"
    )


def _refused(name: str, error: Exception) -> JobsError:
    text = first_line(error)
    if is_permanent(text):
        return JobsError(f"{name} cannot be used: {text}. Check the host, the database, the user and the password")
    return StoreUnavailable(f"{name} cannot be reached: {text}")


@contextmanager
def postgres_errors(name: str) -> Iterator[None]:
    """Turn psycopg's errors into `JobsError`."""
    from psycopg import Error, InterfaceError, OperationalError, errors

    try:
        yield
    except (errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidSchemaName) as error:
        raise JobsError(
            f"{name} has no tables for jobs, or not those of this version ({first_line(error)}). Make them with "
            "`aiovonage jobs migrate DSN`"
        ) from error
    except errors.InsufficientPrivilege as error:
        raise JobsError(
            f"{name}: {first_line(error)}. Migrate with a role that may create tables, and grant this one SELECT, "
            "INSERT, UPDATE and DELETE on the tables aiovonage_* and on those of Procrastinate"
        ) from error
    except errors.DiskFull as error:
        raise JobsError(f"the disk of {name} is full: make room and start again; nothing is lost") from error
    except (
        OperationalError,  # lost connection, server shutdown or restart, locks, too many connections
        InterfaceError,  # the connection was closed in the meantime
        errors.ReadOnlySqlTransaction,  # a failover is in progress
    ) as error:
        raise StoreUnavailable(f"{name} does not answer: {first_line(error)}") from error
    except Error as error:
        raise JobsError(f"{name}: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """The message of an error, without its details, which may quote values."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
