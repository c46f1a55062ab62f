"""What all tests share."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from typing import TypeVar

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import settings

from tests import processes, services
from tests.rounds import IN_CI, rounds

T = TypeVar("T")

settings.register_profile("here", deadline=None, max_examples=rounds(100))  # a test asserts no time
settings.register_profile("ci", deadline=None, derandomize=True)  # a run of CI can be repeated
settings.load_profile("ci" if IN_CI else "here")


def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each core, since many tests wait for servers: two cores were half idle with one for each."""
    return min(2 * (os.cpu_count() or 1), 8)


def pytest_sessionstart() -> None:
    """Find what is left by the programs that tests start, too."""
    processes.adopt_orphans()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector: what is imported stays, and it would be looked through again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests more time, and begin with them, so that parallel workers come to their ends together."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(1200))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """What is there before the first test is not looked through again by each `gc.collect` of a test: half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    """Nothing that a test has started outlives it: it would slow the others down, and could keep CI waiting."""
    before = processes.children()
    yield
    left = processes.end_all_but(before | processes.lasting)
    assert not left, "this test has left programs behind, which were killed"


@pytest.fixture(autouse=True, scope="session")
def each_key_is_read_once() -> Iterator[None]:
    """Reading an RSA key takes 50 ms, since its primes are checked, and hundreds of tests sign with the same one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jwt.algorithms.load_pem_private_key", cache(serialization.load_pem_private_key))
        yield


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """An RSA key; made for this run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def private_key(rsa_key: rsa.RSAPrivateKey) -> str:
    """The RSA key, as PEM."""
    return rsa_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A Postgres for the tests of this run."""
    with started(services.postgres) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey, or a Redis, for the tests of this run."""
    with started(services.valkey) as url:
        yield url


@contextmanager
def started(server: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """Run a server, or skip the test where there is none."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(server())
        except services.NotInstalled as reason:
            pytest.skip(str(reason))
        yield running


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is sent again after an instant, not after seconds; an answer that asks to wait is still heeded."""
    monkeypatch.setattr("aiovonage._core.retry.policy.BACKOFF_BASE", 0.01)
    monkeypatch.setattr("aiovonage._core.retry.policy.BACKOFF_CAP", 0.1)


@pytest.fixture
def soon(quick_retries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a request has done shows at once here, so that it is not waited for."""
    monkeypatch.setattr("aiovonage.bulk._work.CHECK_AFTER", (0.0, 0.01, 0.02, 0.05))
    monkeypatch.setattr("aiovonage.bulk._pipeline.AFTER_FAILED_CHECK", 0.001)


@pytest.fixture
def quick_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that follows numbers until the carriers have decided first asks after an instant, not after 8 seconds."""
    monkeypatch.setattr("aiovonage.bulk._jobs.link.UntilApproved.__init__.__defaults__", (0.05, False))


@pytest.fixture(params=["httpx", "fast"])
def transport(request: pytest.FixtureRequest) -> str:
    """Each transport of our own."""
    if request.param == "fast":
        pytest.importorskip("httptools")
    return str(request.param)


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once, in calls and jobs, unless a response asks to wait."""
    monkeypatch.setattr("aiovonage._core.retry.policy.BACKOFF_BASE", 0.0)


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    """Celery sets up the logging of its whole process, and later tests in the process read logs."""
    root, ours = logging.getLogger(), logging.getLogger("aiovonage")
    handlers, levels, disabled = root.handlers[:], (root.level, ours.level), root.manager.disable
    kept = {name: logger for name, logger in root.manager.loggerDict.items() if isinstance(logger, logging.Logger)}
    flags = {name: (logger.propagate, logger.disabled) for name, logger in kept.items()}
    yield
    if root.handlers != handlers:
        root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    root.manager.disable = disabled
    for name, (propagate, is_disabled) in flags.items():
        kept[name].propagate, kept[name].disabled = propagate, is_disabled


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests must not matter."""
    for name in (
        "API_KEY",
        "API_SECRET",
        "APPLICATION_ID",
        "PRIVATE_KEY",
        "SIGNATURE_SECRET",
        "SIGNATURE_METHOD",
        "BASE_URL",
    ):
        monkeypatch.delenv(f"VONAGE_{name}", raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
