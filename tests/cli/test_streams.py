"""Standard input as it comes, signals, and what is told when something goes wrong in the middle."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Shell, wait_for
from tests.processes import running

CAMPAIGN = ("--brand", "BLQKOPK", "--campaign", "C1DEB879")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "aiovonage.cli", *map(str, arguments)]


def numbers(count: int) -> str:
    return "".join(f"{12025550000 + index}\n" for index in range(count))


def test_standard_input_is_processed_while_it_stays_open(shell: Shell) -> None:
    with running(
        command("link-numbers", "-", *CAMPAIGN),
        env=os.environ | shell.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        log=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        for line in ("number\n", "12025550101\n", "12025550102\n"):
            process.stdin.write(line)
            process.stdin.flush()
        wait_for(lambda: len(shell.sandbox.state.numbers) == 2)
        process.stdin.write("12025550103\n")
        process.stdin.close()
        process.stdin = None
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    assert "standard input: CSV, UTF-8, column 'number', header in line 1" in shown
    assert len(shell.sandbox.state.numbers) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_whose_input_stays_open(name: signal.Signals, shell: Shell, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    with running(
        command("link-numbers", "-", *CAMPAIGN, "--report", report),
        env=os.environ | shell.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        log=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write("number\n12025550101\n")
        process.stdin.flush()
        wait_for(lambda: len(shell.sandbox.state.numbers) == 1)
        time.sleep(0.2)
        process.send_signal(name)
        assert process.wait(timeout=60) == 3
        assert process.stderr is not None
        assert "Stopping" in process.stderr.read()
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert [(row["number"], row["status"]) for row in rows] == [("12025550101", "accepted")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_sigterm_finishes_what_is_under_way_and_the_same_command_goes_on(
    serve: Callable[..., Shell], tmp_path: Path
) -> None:
    shell, journal, report = serve(), tmp_path / "run.db", tmp_path / "report.csv"
    file = tmp_path / "numbers.csv"
    file.write_text("number\n" + numbers(400), "utf-8")
    arguments = ["link-numbers", file, *CAMPAIGN, "--journal", journal, "--report", report]
    with running(
        command(*arguments, "--rate", "50"),
        env=os.environ | shell.env,
        stdout=subprocess.DEVNULL,
        log=subprocess.PIPE,
    ) as process:
        wait_for(lambda: shell.requests >= 20)
        process.send_signal(signal.SIGTERM)
        _, shown = process.communicate(timeout=60)
    assert process.returncode == 3, shown
    linked = len(shell.sandbox.state.numbers)
    assert 0 < linked < 400
    assert len(report.read_text("utf-8").splitlines()) == linked + 1
    again = shell.run(*arguments, "--quiet")
    assert again.exit_code == 0, again.output
    assert set(shell.sandbox.state.posts.values()) == {1}
    assert len(report.read_text("utf-8").splitlines()) == 401


def test_a_closed_standard_input_is_told(shell: Shell) -> None:
    line = " ".join(command("link-numbers", "-", *CAMPAIGN))
    result = subprocess.run(
        f"{line} <&-", shell=True, env=os.environ | shell.env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "error: standard input: is closed. Pipe the numbers into the command, or name a file"
    )


def test_a_bad_line_late_in_a_pipe_is_told_with_what_was_sent(shell: Shell) -> None:
    text = b"number\n" + numbers(3000).encode() + b"1202555\xff0101\n"
    result = subprocess.run(
        command("link-numbers", "-", *CAMPAIGN),
        input=text,
        env=os.environ | shell.env,
        capture_output=True,
        check=False,
    )
    shown = " ".join(result.stderr.decode().split())
    assert result.returncode == 3, shown
    assert "error: standard input, line 3,002: the byte 0xff is not UTF-8" in shown
    sent = len(shell.sandbox.state.numbers)
    assert 0 < sent <= 3000
    assert f"hint: {sent:,} numbers above it were sent" in shown


def test_an_unclosed_quote_late_in_a_pipe_is_told_with_its_line(shell: Shell) -> None:
    text = "number,name\n" + "".join(f"{12025550000 + index},x\n" for index in range(300)) + '12025551000,"Ada\n'
    result = shell.run("link-numbers", "-", *CAMPAIGN, stdin=text + numbers(5))
    assert "line 302: a quoted field begins here" in " ".join(result.stderr.split())
    assert result.exit_code == 3
    assert "hint: 300 numbers above it were sent" in result.stderr
    assert len(shell.sandbox.state.numbers) == 300


def test_a_pipe_that_breaks_never_passes_for_the_whole_of_a_campaign(shell: Shell) -> None:
    shell.run("link-numbers", "-", *CAMPAIGN, stdin="number\n" + numbers(5))
    text = f'number,name\n{12025550000},x\n12025550001,"Ada\n'
    result = shell.run("sync-numbers", "-", *CAMPAIGN, "--remove", stdin=text)
    assert result.exit_code in {2, 3}
    assert "a quoted field begins here" in " ".join(result.stderr.split())
    assert len(shell.sandbox.state.numbers) == 5


def test_an_empty_pipe_is_a_usage_error(shell: Shell) -> None:
    result = shell.run("link-numbers", "-", *CAMPAIGN, stdin="")
    assert result.exit_code == 2
    assert "it is empty" in result.stderr


def test_requests_go_through_the_proxy_that_is_named(shell: Shell) -> None:
    seen: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(502)

        do_POST = do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        proxy = f"http://127.0.0.1:{server.server_port}"
        shell.run("call", "ten_dlc.get_brand", "brand_id=BLQKOPK", "--proxy", proxy)
        server.shutdown()
    assert seen
    assert shell.requests == 0
