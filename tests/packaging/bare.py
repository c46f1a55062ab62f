"""What an aiovonage without extras must do, in an environment that has nothing else.

python bare.py
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import warnings
from importlib.util import find_spec

import httpx

import aiovonage
from aiovonage import ConfigurationError, Vonage
from aiovonage.webhooks import InvalidSignature, verify

OF_EXTRAS = ["click", "rich", "httptools", "jsonschema_rs", "yaml", "uvicorn", "uvloop", "opentelemetry"]


def answer(request: httpx.Request) -> httpx.Response:
    """A page of brands."""
    return httpx.Response(200, json={"_embedded": {"brands": [{"brand_id": request.url.path[-6:]}]}, "total_pages": 1})


async def requests() -> None:
    """The client works."""
    async with Vonage(api_key="key", api_secret="secret", transport=httpx.MockTransport(answer)) as vonage:
        brands = await vonage.ten_dlc.list_brands().collect()
        if [brand.brand_id for brand in brands] != ["brands"]:
            raise SystemExit(f"brands are listed: not so, {brands}")
        vonage.bulk.link_numbers("B", "C", [])


def main() -> None:
    """All of it."""
    warnings.simplefilter("error")
    if present := [name for name in OF_EXTRAS if find_spec(name)]:
        raise SystemExit(f"without extras, these are installed: {', '.join(present)}")
    for name in aiovonage.__all__:
        getattr(aiovonage, name)
    asyncio.run(requests())
    try:
        verify("Bearer none", b"", "secret")
    except InvalidSignature:
        pass
    else:
        raise SystemExit("a forged webhook was taken")
    try:
        Vonage(transport="fast")
    except ConfigurationError as error:
        if "aiovonage[fast]" not in str(error):
            raise
    done = subprocess.run([sys.executable, "-I", "-m", "aiovonage.cli"], capture_output=True, text=True, check=False)
    if "pip install 'aiovonage[cli]'" not in done.stderr or "Traceback" in done.stderr:
        raise SystemExit(f"the command says which extra it needs: not so, {done.stderr}")


if __name__ == "__main__":
    main()
