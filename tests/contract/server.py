"""The sandbox in a process of its own: prints its settings as JSON, and serves until it is stopped."""

from __future__ import annotations

import asyncio
import json

from aiovonage.sandbox import Sandbox


async def main() -> None:
    """Serve."""
    async with Sandbox() as sandbox:
        settings = {
            "VONAGE_BASE_URL": sandbox.url,
            "VONAGE_API_KEY": sandbox.api_key,
            "VONAGE_API_SECRET": sandbox.api_secret,
            "VONAGE_APPLICATION_ID": sandbox.application_id,
            "VONAGE_PRIVATE_KEY": sandbox.private_key,
            "VONAGE_SIGNATURE_SECRET": sandbox.signature_secret,
        }
        print(json.dumps(settings), flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
