"""A real nginx in front of the answers of the tests."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from tests.core.ports import unused_port
from tests.processes import running

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")

_CONFIGURATION = """
daemon off;
master_process on;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {settings}
    server {{
        listen 127.0.0.1:{port} {listen};
        location / {{
            default_type application/json;
            return 200 '{{"brand_id": "B1"}}';
        }}
    }}
}}
"""


@attrs.frozen
class Nginx:
    """A running nginx.

    Attributes:
        url: Its origin.
        folder: Its files.
        process: The master process.
    """

    url: str
    folder: Path
    process: subprocess.Popen[str]

    def reload(self) -> None:
        """Start new workers, and end the old ones as soon as they have answered."""
        import signal

        self.process.send_signal(signal.SIGHUP)

    def requests(self) -> list[str]:
        """The lines of its log."""
        return (self.folder / "access.log").read_text().splitlines()


@contextmanager
def nginx(folder: Path, *, settings: str = "", listen: str = "") -> Iterator[Nginx]:
    """An nginx for the time of the context.

    Args:
        folder: Where it may write.
        settings: Lines of its configuration for all servers.
        listen: What follows the address in `listen`.
    """
    import socket

    assert NGINX is not None
    port = unused_port()
    path = folder / "nginx.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, settings=settings, port=port, listen=listen))
    command: list[str | Path] = [NGINX, "-c", path, "-e", folder / "error.log", "-p", folder]
    with running(command, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < end
                time.sleep(0.02)
        yield Nginx(f"http{'s' if 'ssl' in listen else ''}://127.0.0.1:{port}", folder, process)


def counted(outcomes: list[Any]) -> dict[str, int]:
    """How many of each kind there are."""
    kinds = [type(outcome).__name__ if isinstance(outcome, BaseException) else "ok" for outcome in outcomes]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
