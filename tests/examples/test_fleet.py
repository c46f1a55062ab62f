"""The examples of engines, each with its engine, until the carriers have decided about every number."""

from __future__ import annotations

import asyncio
import configparser
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from aiovonage.cli.exits import Exit
from aiovonage.jobs import Jobs, JobStatus
from aiovonage.sandbox import Carriers, Sandbox
from tests.examples.containers import parsed
from tests.examples.programs import EXAMPLES, settings
from tests.jobs.conftest import postgres_dsn, quick  # noqa: F401 - fixtures

FLEET = EXAMPLES / "fleet"
NUMBERS = [str(number) for number in range(12025550000, 12025550020)]
CAMPAIGN = ("BLQKOPK", "C1DEB879")

Load = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports an example, with these variables of the environment."""
    loaded: list[str] = []

    def load(name: str, **environment: str) -> Any:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.syspath_prepend(FLEET)
        loaded.append(name)
        return import_module(name)

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


@asynccontextmanager
async def carriers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A sandbox whose carriers need a while, and the environment that points to it."""
    async with Sandbox(carriers=Carriers(delay=(0.1, 1.0))) as sandbox:
        for variable, value in settings(sandbox).items():
            monkeypatch.setenv(variable, value)
        yield sandbox


async def over(jobs: Jobs, job: int) -> JobStatus:
    """How a job stands when it is over."""
    async with asyncio.timeout(60):
        async for status in jobs.watch(job, interval=0.05):
            last = status
    return last


def check(status: JobStatus, sandbox: Sandbox) -> None:
    """All numbers are linked, and none was sent twice."""
    assert (status.state, status.linked) == ("done", len(NUMBERS)), status
    assert set(sandbox.state.posts.values()) == {1}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Celery itself is warned of
async def test_celery(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with carriers(monkeypatch) as sandbox:
        example = load("celery_app", JOBS=str(tmp_path / "jobs.db"), CELERY_BROKER_URL="memory://")
        job = await example.submit(*CAMPAIGN, NUMBERS, key="one")
        assert await example.submit(*CAMPAIGN, NUMBERS, key="one") == job
        from celery.contrib.testing.worker import start_worker

        def work() -> None:
            with start_worker(example.app, perform_ping_check=False, pool="solo", shutdown_timeout=30.0):
                finished.wait(60)

        finished = threading.Event()
        working = asyncio.create_task(asyncio.to_thread(work))
        try:
            check(await over(example.jobs, job), sandbox)
        finally:
            finished.set()
            await working


@pytest.mark.slow
async def test_taskiq(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with carriers(monkeypatch) as sandbox:
        example = load("taskiq_app", JOBS=str(tmp_path / "jobs.db"))
        await example.broker.startup()
        (source,) = example.scheduler.sources
        await source.startup()
        assert [task.cron for task in await source.get_schedules()] == ["* * * * *"]
        job = await example.submit(*CAMPAIGN, NUMBERS, key="one")
        while not (await example.jobs.status(job)).is_over:
            await (await example.work.kiq()).wait_result(timeout=30)
            await asyncio.sleep(0.2)
        check(await example.jobs.status(job), sandbox)
        await example.broker.shutdown()


async def test_temporal(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from temporalio.testing import ActivityEnvironment

    from aiovonage.jobs import LinkNumbers

    async with carriers(monkeypatch) as sandbox:
        example = load("temporal_app", JOBS=str(tmp_path / "jobs.db"))
        jobs = Jobs(tmp_path / "jobs.db")
        job = await jobs.submit(LinkNumbers(*CAMPAIGN, until="approved"), NUMBERS)
        due: float | None = 0.0
        times = 0
        while due is not None:
            await asyncio.sleep(due)
            due = await ActivityEnvironment().run(example.work, job.id)
            times += 1
        assert times > 1
        check(await jobs.status(job), sandbox)


async def test_a_temporal_activity_says_that_it_lives(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from temporalio.testing import ActivityEnvironment

    from aiovonage.jobs import LinkNumbers

    example = load("temporal_app", JOBS=str(tmp_path / "jobs.db"))
    monkeypatch.setattr(example.asyncio, "wait", _short(asyncio.wait))
    async with carriers(monkeypatch):
        job = await Jobs(tmp_path / "jobs.db").submit(LinkNumbers(*CAMPAIGN), NUMBERS)
        beats: list[tuple[Any, ...]] = []
        environment = ActivityEnvironment()
        environment.on_heartbeat = lambda *details: beats.append(details)
        assert await environment.run(example.work, job.id) is None
        assert beats


def _short(wait: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    return lambda tasks, timeout: wait(tasks, timeout=timeout / 1000)


async def test_procrastinate(
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
    postgres_dsn: str,  # noqa: F811
) -> None:
    async with carriers(monkeypatch) as sandbox:
        example = load("procrastinate_app", DATABASE_URL=postgres_dsn)
        async with await psycopg.AsyncConnection.connect(postgres_dsn, autocommit=True) as connection:
            await connection.execute("CREATE TABLE orders (customer text PRIMARY KEY, job bigint)")
        async with example.app.open_async():
            await example.app.schema_manager.apply_schema_async()  # as the app has done long ago
            await example.jobs.migrate()
            job = await example.order("ann", *CAMPAIGN, NUMBERS)
            with pytest.raises(psycopg.errors.UniqueViolation):
                await example.order("ann", *CAMPAIGN, NUMBERS)
            options = {"install_signal_handlers": False, "fetch_job_polling_interval": 0.1, "listen_notify": False}
            working = asyncio.create_task(example.app.run_worker_async(**options))
            try:
                check(await over(example.jobs, job), sandbox)
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)


async def test_fastapi(load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from aiovonage import Vonage

    async with carriers(monkeypatch) as sandbox:
        example = load("fastapi_jobs", JOBS=str(tmp_path / "jobs.db"))
        transport = httpx.ASGITransport(app=example.app)
        order = {"brand_id": CAMPAIGN[0], "campaign_id": CAMPAIGN[1], "numbers": NUMBERS}
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as service, Vonage() as vonage:
            for _ in range(2):
                taken = await service.put("/jobs/one", json=order)
                assert (taken.status_code, taken.json()["total"]) == (202, len(NUMBERS))
            refused = await service.put("/jobs/one", json=order | {"campaign_id": "C2"})
            assert (refused.status_code, "C2" in refused.text) == (409, True)
            working = asyncio.create_task(example.jobs.work(vonage, "one"))
            shown = [json.loads(line) for line in (await service.get("/jobs/one/progress")).text.splitlines()]
            await working
        assert shown[-1] == {"state": "done", "pending": 0, "counts": {"accepted": len(NUMBERS)}}
        assert set(sandbox.state.posts.values()) == {1}


@pytest.mark.parametrize("path", sorted(FLEET.glob("*.*")), ids=lambda path: path.name)
def test_an_example_has_at_most_40_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 40


def pod() -> dict[str, Any]:
    document = yaml.safe_load((FLEET / "kubernetes.yaml").read_text())
    assert document["spec"]["selector"]["matchLabels"] == document["spec"]["template"]["metadata"]["labels"]
    found: dict[str, Any] = document["spec"]["template"]["spec"]
    return found


def command_of(container: dict[str, Any]) -> list[str]:
    """A container's command, with the values of its variables."""
    values = {variable["name"]: variable["value"] for variable in container["env"]}
    words = [*container["command"], *container.get("args", ())]
    return [re.sub(r"\$\((\w+)\)", lambda match: values[match[1]], word) for word in words]


def test_the_commands_of_kubernetes_are_those_of_the_command_line() -> None:
    (worker,), (migrate,) = pod()["containers"], pod()["initContainers"]
    dsn = "postgresql://links@postgres.default.svc/links"
    name, understood = parsed(command_of(migrate))
    assert (name, understood["dsn"]) == ("jobs migrate", dsn)
    name, understood = parsed(command_of(worker))
    assert name == "worker"
    assert understood["dsn"] == understood["shared_in"] == dsn
    assert (understood["rate"], understood["log"]) == (40.0, "json")
    mounts = [mount["mountPath"] for mount in worker["volumeMounts"]]
    assert str(understood["health_file"].parent) in mounts
    secrets = {name for source in worker["envFrom"] for name in source["secretRef"].values()}
    assert secrets == {"links"}


def test_the_probe_of_kubernetes_tells_a_worker_that_is_well_from_one_that_is_stuck(tmp_path: Path) -> None:
    (worker,) = pod()["containers"]
    shell, option, script = worker["livenessProbe"]["exec"]["command"]
    health = tmp_path / "health"
    written = str(parsed(command_of(worker))[1]["health_file"])
    assert written in script
    command = [shell, option, script.replace(written, str(health))]
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0
    health.touch()
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    os.utime(health, (time.time() - 300, time.time() - 300))
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0


def test_the_command_of_the_systemd_unit_is_one_of_the_command_line() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FLEET / "aiovonage-worker.service").read_text().replace("\\\n", " "))
    program, *words = unit["Service"]["ExecStart"].split()
    name, understood = parsed([Path(program).name, *words])
    assert (name, understood["rate"]) == ("worker", 40.0)
    assert understood["dsn"] == understood["shared_in"]
    assert understood["health_file"].parent.name == unit["Service"]["RuntimeDirectory"]
    assert int(unit["Service"]["RestartPreventExitStatus"]) == Exit.USAGE
