"""The examples that serve, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shlex
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from aiovonage.sandbox import Faults, Sandbox
from tests.examples.programs import run, serve, settings

NUMBERS = [str(number) for number in range(12025550000, 12025550500)]
JOB = {"brand_id": "BLQKOPK", "campaign_id": "C1DEB879", "numbers": NUMBERS}
SECRET = "a signature secret of more than thirty-two bytes"
BODY = b'{"status": "delivered"}'


async def progress(client: httpx.AsyncClient, url: str, *, linked: int | None = None) -> dict[str, Any]:
    """The progress of a job once so many numbers are linked; without that, once it has stopped."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = (await client.get(url)).raise_for_status().json()
            done = found["counts"].get("linked", 0) + found["counts"].get("accepted", 0)
            if found["stopped"] if linked is None else done >= linked:
                return found
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "kill",
    [
        pytest.param(False, id="SIGTERM", marks=pytest.mark.slow),
        pytest.param(True, id="SIGKILL", marks=pytest.mark.slow),
    ],
)
async def test_a_job_goes_on_after_a_stop_or_a_crash(kill: bool, tmp_path: Path) -> None:
    async with Sandbox(faults=Faults(latency=0.1)) as sandbox:
        env = settings(sandbox)
        async with serve("fastapi_service.py", env=env, folder=tmp_path, soon=True) as server:
            async with httpx.AsyncClient(base_url=server.url) as client:
                taken = await client.post("/links", json=JOB)
                assert taken.status_code == 202
                assert taken.json() | {"rate": 0} == {
                    "id": taken.json()["id"], "total": 500, "pending": 500, "counts": {}, "rate": 0, "stopped": None
                }  # fmt: skip
                url = taken.headers["Location"]
                some = await progress(client, url, linked=1)
                assert some["total"] == 500
            if kill:
                server.process.kill()
            else:
                server.process.terminate()
            _, said = await server.process.communicate()
            assert kill or b"Application shutdown complete" in said, said.decode()
            assert b"Traceback" not in said, said.decode()
        assert 0 < len(sandbox.state.numbers) < 500
        if not kill:
            assert set(sandbox.state.posts.values()) == {1}
        async with (
            serve("fastapi_service.py", env=env, folder=tmp_path, soon=True) as server,
            httpx.AsyncClient(base_url=server.url) as client,
        ):
            found = await progress(client, url, linked=500)
        assert sum(found["counts"].values()) == 500
        assert set(found["counts"]) <= {"accepted", "linked"}
        assert (found["pending"], found["stopped"]) == (0, None)
        assert set(sandbox.state.numbers) == set(NUMBERS)
        assert set(sandbox.state.posts.values()) == {1}


@pytest.mark.slow
async def test_a_job_that_is_refused_says_why_and_the_service_goes_on(tmp_path: Path) -> None:
    async with (
        serve("fastapi_service.py", "--sandbox", folder=tmp_path) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        url = (await client.post("/links", json=JOB | {"brand_id": "BNONE"})).headers["Location"]
        found = await progress(client, url)
        assert found["stopped"].startswith("NotFound: 404")
        assert found["pending"] == 500
        url = (await client.post("/links", json=JOB | {"numbers": ["12025550101", "x"]})).headers["Location"]
        found = await progress(client, url, linked=1)
        assert found["total"] == 2


async def test_a_job_without_numbers_is_refused(tmp_path: Path) -> None:
    async with (
        serve("fastapi_service.py", "--sandbox", folder=tmp_path) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert (await client.post("/links", json=JOB | {"numbers": []})).status_code == 422
        assert (await client.get("/links/none")).status_code == 404


def token(secret: str = SECRET, body: bytes = BODY, **claims: Any) -> str:
    payload = {"iat": int(time.time()), "payload_hash": hashlib.sha256(body).hexdigest(), **claims}
    return f"Bearer {jwt.encode(payload, secret, 'HS256')}"


async def test_a_webhook_is_taken_only_with_a_good_signature(tmp_path: Path) -> None:
    webhooks = {
        "valid": (token(), BODY, 204),
        "tampered body": (token(), BODY.replace(b"delivered", b"rejected!"), 401),
        "other secret": (token(secret=SECRET[::-1]), BODY, 401),
        "expired": (token(exp=int(time.time()) - 3600), BODY, 401),
        "old": (token(iat=int(time.time()) - 3600), BODY, 401),
        "unsigned": ("", BODY, 401),
        "valid, no JSON": (token(body=b"{"), b"{", 400),
    }
    env = {"VONAGE_SIGNATURE_SECRET": SECRET}
    async with serve("webhook_receiver.py", env=env, folder=tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            answers = {
                name: (
                    await client.post("/webhooks/status", content=body, headers={"Authorization": header})
                ).status_code
                for name, (header, body, _) in webhooks.items()
            }
            answers["no header"] = (await client.post("/webhooks/status", content=BODY)).status_code
        server.process.terminate()
        _, said = await server.process.communicate()
    assert answers == {name: status for name, (_, _, status) in webhooks.items()} | {"no header": 401}
    assert said.count(b"status: {'status': 'delivered'}") == 1
    assert SECRET.encode() not in said


async def test_the_receiver_shows_a_command_that_works(tmp_path: Path) -> None:
    async with serve("webhook_receiver.py", "--sandbox", folder=tmp_path) as server:
        assert server.process.stdout is not None
        command = shlex.split((await server.process.stdout.readline()).decode())
        header, body = command[command.index("-H") + 1], command[command.index("-d") + 1]
        path = re.sub(r"http://[^/]+", server.url, command[2])
        name, _, value = header.partition(": ")
        async with httpx.AsyncClient() as client:
            answer = await client.post(path, content=body, headers={name: value})
    assert answer.status_code == 204


async def test_the_receiver_does_not_start_without_a_secret(tmp_path: Path) -> None:
    finished = await run("webhook_receiver.py", folder=tmp_path)
    assert finished.code == 2
    assert "VONAGE_SIGNATURE_SECRET is not set" in finished.err
