"""docker-compose.yml, as far as it can be checked without Docker."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiovonage.jobs import Jobs
from codegen.spec import ROOT
from tests.examples.containers import parsed

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "aiovonage-fleet"]
DSN = "postgresql://postgres@postgres/postgres"


def command_of(name: str) -> list[str]:
    service = SERVICES[name]
    if service.get("entrypoint") == ["sh", "-c"]:
        return shlex.split(service["command"][0].partition("|")[2])
    return ["aiovonage", *service["command"]]


@pytest.mark.parametrize("name", OURS)
def test_the_command_line_understands_each_command(name: str) -> None:
    assert set(OURS) >= {"sandbox", "migrate", "submit", "worker", "cli"}
    _, parameters = parsed(command_of(name))
    assert parameters.get("dsn", DSN) == DSN


def test_the_services_fit_together() -> None:
    _, sandbox = parsed(command_of("sandbox"))
    _, worker = parsed(command_of("worker"))
    environment = SERVICES["worker"]["environment"]
    assert environment["VONAGE_API_KEY"] == sandbox["api_key"]
    assert environment["VONAGE_API_SECRET"] == sandbox["api_secret"]
    assert environment["VONAGE_BASE_URL"] == f"http://sandbox:{sandbox['port']}"
    assert worker["shared_in"] == "redis://valkey/0"
    assert worker["rate"] < sandbox["rate"]
    assert str(worker["health_file"]) in SERVICES["worker"]["healthcheck"]["test"][1]
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            check = "healthcheck" in SERVICES[needed] or how["condition"] == "service_completed_successfully"
            assert check, f"{needed} has no health to wait for"
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"]


async def test_what_submits_the_job_submits_it(tmp_path: Path) -> None:
    (script,) = SERVICES["submit"]["command"]
    store = tmp_path / "jobs.db"
    environment = {**os.environ, **SERVICES["submit"]["environment"]}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    for _ in range(2):
        command = ["sh", "-c", script.replace(DSN, str(store))]
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=tmp_path)
        assert await process.wait() == 0
    (job,) = await Jobs(store).list()
    assert (job.key, job.total, job.account) == ("demo", 5000, environment["VONAGE_API_KEY"])
