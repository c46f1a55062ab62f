"""Where processes keep the rate that they share: in a directory, in Postgres, or in Redis."""

from __future__ import annotations

import os

from aiovonage._core.hidden_url import HiddenUrl
from aiovonage._core.throttle.stores.rate_store import RateStore
from aiovonage.errors import ConfigurationError


def open_store(place: str | os.PathLike[str]) -> RateStore:
    """Open the store at a place: a directory, `postgresql://...` or `redis://...`.

    Raises:
        ConfigurationError: if there is none, or the package that it needs is not installed.
    """
    if isinstance(place, str) and "://" in place:
        return _remote_store(place.partition("://")[0].lower(), HiddenUrl(place))
    from aiovonage._core.throttle.stores.directory import DirectoryStore

    return DirectoryStore(place)


def _remote_store(scheme: str, place: HiddenUrl) -> RateStore:
    if scheme in {"postgresql", "postgres"}:
        from aiovonage._core.throttle.stores.postgres import PostgresStore

        return PostgresStore(place)
    if scheme in {"redis", "rediss", "valkey", "valkeys"}:
        from aiovonage._core.throttle.stores.redis import RedisStore

        return RedisStore(HiddenUrl(place.replace("valkey", "redis", 1)) if scheme.startswith("valkey") else place)
    raise ConfigurationError(
        f"shared_in: {scheme}:// is not supported; give a directory, or a URL that begins with postgresql:// or redis://"
    )
