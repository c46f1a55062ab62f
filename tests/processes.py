"""Programs that tests start: none outlives its test, and none keeps whoever reads the tests' output waiting.

A program that inherits stdout or stderr holds the pipe that `make` or CI reads open for as long as it lives. So each
has streams of its own, each wait has a limit, and after each test the fixture `no_process_is_left` of
tests/conftest.py looks for what is left, children of children included.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

ENDING = 10.0
"""Seconds that a program has to end after it was asked to."""

lasting: set[int] = set()
"""The ids of programs that serve more than one test; the fixture that has started them ends them."""

LEAVING = 5.0
"""Seconds that a program has to be gone after the test that has started it."""

_TASKS = Path("/proc/self/task")
_SETPRIV = shutil.which("setpriv") if sys.platform == "linux" else None
_PR_SET_CHILD_SUBREAPER = 36


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    end: signal.Signals = signal.SIGTERM,
    lasts: bool = False,
    log: IO[bytes] | int = subprocess.DEVNULL,
    **options: Any,
) -> Iterator[subprocess.Popen[str]]:
    """A program for the time of the context. It is asked to end then, and killed if it does not.

    Args:
        command: The program and its arguments.
        end: The signal that asks it to end.
        lasts: Whether it serves more than one test.
        log: Where its stderr goes.
        options: More arguments of `subprocess.Popen`. Default of stdin: nothing to read; of stdout: a pipe.
    """
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": log}
    process: subprocess.Popen[str] = subprocess.Popen(tied(command), text=True, **{**streams, **options})
    if lasts:
        lasting.add(process.pid)
    try:
        yield process
    finally:
        finish(process, end)
        lasting.discard(process.pid)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def finish(process: subprocess.Popen[Any], end: signal.Signals = signal.SIGTERM) -> None:
    """Ask a program to end, and kill it if it does not."""
    if process.poll() is not None:
        return
    process.send_signal(end)
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(ENDING)


def tied(command: Sequence[str | Path]) -> list[str | Path]:
    """The command, such that the program is killed when this process is, even by `kill -9`. Linux only.

    The signal comes when the thread that started the program ends (prctl(2)), so only the main thread's are tied.
    """
    if _SETPRIV is None or threading.current_thread() is not threading.main_thread():
        return list(command)
    return [_SETPRIV, "--pdeathsig", "KILL", "--", *command]


def adopt_orphans() -> None:
    """Become the parent of what a child leaves behind, so that `children` finds it. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> set[int]:
    """The ids of the programs that this one has started or adopted and that run; none where the system has no /proc."""
    found: set[int] = set()
    with suppress(OSError):
        for task in _TASKS.iterdir():
            with suppress(OSError):  # a thread that has ended meanwhile
                found.update(map(int, (task / "children").read_text().split()))
    return {child for child in found if _state(child) not in {"Z", "X", ""}}


def end_all_but(kept: set[int]) -> list[str]:
    """Kill the children that are still there after some seconds; gives their commands."""
    give_up_at = time.monotonic() + LEAVING
    while (left := children() - kept) and time.monotonic() < give_up_at:
        time.sleep(0.01)
    told = [f"{child} {_command(child)}" for child in left]
    for child in left:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return told


def _state(process: int) -> str:
    """R, S, D, T, Z (ended, and its parent has not asked how) or X, by proc(5); empty if there is none."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _command(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()[:200]
    return "?"
