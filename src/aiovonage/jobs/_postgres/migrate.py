"""Creates the tables, or upgrades them to this version's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiovonage.jobs._postgres.connection import newer, version_of
from aiovonage.jobs._postgres.schema import MIGRATIONS, VERSION

if TYPE_CHECKING:
    import psycopg

_LOCK = 0x61764A31
"""The key of a transaction-level advisory lock: two migrations wait for each other, even behind PgBouncer."""


async def migrate(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    """Migrate in one transaction.

    Raises:
        JobsError: if the tables are of a newer version.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        found = await version_of(connection)
        if found > VERSION:
            raise newer(name, found)
        for version in range(found, VERSION):
            await connection.execute(MIGRATIONS[version])
        if found < VERSION:
            await connection.execute("DELETE FROM aiovonage_jobs_schema")
            await connection.execute("INSERT INTO aiovonage_jobs_schema VALUES (%s)", (VERSION,))
        await _make_tables_of_procrastinate(connection)


async def _make_tables_of_procrastinate(connection: psycopg.AsyncConnection[Any]) -> None:
    """Create them if Procrastinate is installed and has none. Existing ones are left to whoever created them."""
    try:
        from procrastinate.schema import SchemaManager
    except ImportError:
        return
    there = await (await connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")).fetchone()
    if there is not None and not there[0]:
        await connection.execute(SchemaManager.get_schema())
