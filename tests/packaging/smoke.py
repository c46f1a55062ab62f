"""What an installed aiovonage must do at least. It runs in an environment that has nothing but the package and its
extras, so it uses no test library.

    python smoke.py
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import pkgutil
import subprocess
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import jwt

import aiovonage
from aiovonage import NotFound, Vonage, decode, encode
from aiovonage._core.codec.codec import Codec
from aiovonage.api.ten_dlc import Brand, BrandPage, LinkNumber
from aiovonage.sandbox import Faults, Sandbox
from aiovonage.webhooks import InvalidSignature, verify

NUMBERS = [str(12025550000 + index) for index in range(50)]


def check(*, holds: bool, what: str) -> None:
    """Say what does not hold, and fail."""
    if not holds:
        raise SystemExit(f"{what}: not so")


def imports() -> None:
    """Every module can be imported, and the package is the installed one. The pytest plugin waits for pytest."""
    for module in pkgutil.walk_packages(aiovonage.__path__, "aiovonage."):
        if not module.name.endswith("__main__") and not module.name.startswith("aiovonage.testing"):
            import_module(module.name)
    for name in aiovonage.__all__:
        getattr(aiovonage, name)
    home = Path(aiovonage.__file__).parent
    check(holds=home.is_relative_to(sys.prefix), what="the installed package is imported")
    check(holds=(home / "py.typed").is_file(), what="the package is typed")


async def requests(transport: str, faults: Faults, folder: Path) -> None:
    """Lists, models, errors and a job, against a sandbox."""
    async with (
        Sandbox(faults=faults) as sandbox,
        Vonage(
            api_key=sandbox.api_key,
            api_secret=sandbox.api_secret,
            base_url=sandbox.url,
            application_id=sandbox.application_id,
            private_key=sandbox.private_key,
            transport=transport,
            max_retries=8,
        ) as vonage,
    ):
        brands = [brand async for brand in vonage.ten_dlc.list_brands()]
        check(holds=[brand.brand_id for brand in brands] == ["BLQKOPK"], what="brands are listed")
        check(holds=encode(decode(Brand, encode(brands[0]))) == encode(brands[0]), what="a model reads what it writes")
        check(holds=len(await vonage.whatsapp.list_wabas(page_size=2).collect()) == 3, what="lists page, by JWT")
        entries = [entry async for entry in vonage.opt_ins.query(format="xml")]
        check(holds=isinstance(entries, list), what="XML is read")
        try:
            await vonage.ten_dlc.get_brand("BNONE")
        except NotFound as error:
            check(holds=error.code == "not-found", what="errors have their code")
        journal = folder / f"{transport}.db"
        for _ in range(2):
            run = vonage.bulk.link_numbers("BLQKOPK", "C1DEB879", NUMBERS, journal=journal)
            summary = await run
            check(holds=(summary.total, summary.ok) == (50, True), what=f"all are linked: {summary}")
        check(holds=set(sandbox.state.posts) == set(NUMBERS), what="all were sent")
        check(holds=set(sandbox.state.posts.values()) == {1}, what="none was sent twice")
    try:
        LinkNumber(country="US", number="1")
    except aiovonage.InvalidValue as error:
        check(holds=error.member == "number", what="bad values are found before they are sent")


def much_data() -> None:
    """Once much data of a type has passed, msgspec reads and writes it, with the same result."""
    brand = {"brand_id": "B", "entity_type": "PUBLIC_PROFIT", "owner": True, "created_date": "2020-01-02 05:12:14"}
    body = json.dumps({"total_items": 100, "_embedded": {"brands": [brand] * 100}}).encode()
    usual, fast = Codec(), Codec(warm=0)
    for _ in range(3):
        page = fast.decode_bytes(BrandPage, body)
        check(holds=page == usual.decode_bytes(BrandPage, body), what="msgspec reads the same")
        check(holds=fast.encode_bytes(page) == usual.encode_bytes(page), what="msgspec writes the same")
    check(holds=fast.struct_reader(BrandPage)(body) == page, what="msgspec reads it")


def webhooks() -> None:
    """Signed webhooks are taken, others are not."""
    secret, body = "a signature secret of more than thirty-two bytes", b'{"status": "delivered"}'
    claims = {"iat": int(time.time()), "payload_hash": hashlib.sha256(body).hexdigest()}
    token = jwt.encode(claims, secret, "HS256")
    check(holds=verify(f"Bearer {token}", body, secret)["payload_hash"] == claims["payload_hash"], what="verified")
    for forged in (body + b" ", b""):
        try:
            verify(token, forged, secret)
        except InvalidSignature:
            continue
        raise SystemExit("a forged webhook was taken")


def commands() -> None:
    """The command is installed."""
    done = subprocess.run(
        [sys.executable, "-m", "aiovonage.cli", "--version"], capture_output=True, text=True, check=True
    )
    check(holds=aiovonage.__version__ in done.stdout, what="the command says its version")


def main() -> None:
    """All of it. A warning of a library is an error: it would be the user's to see."""
    warnings.simplefilter("error")
    imports()
    with TemporaryDirectory() as folder:
        for transport in ("httpx", "fast"):
            asyncio.run(requests(transport, Faults(error_rate=0.05, lost_responses=0.1), Path(folder)))
    much_data()
    webhooks()
    commands()


if __name__ == "__main__":
    main()
