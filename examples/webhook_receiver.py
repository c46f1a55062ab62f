"""Receives signed webhooks and refuses those that Vonage has not sent.

    VONAGE_SIGNATURE_SECRET=... python examples/webhook_receiver.py

With `--sandbox` it prints a command that sends it a signed webhook.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import time
import uuid
from typing import Annotated, Any

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request

from aiovonage.webhooks import InvalidSignature, verify

logger = logging.getLogger("uvicorn.error")
app = FastAPI(title="Webhooks")


async def verified_body(request: Request, authorization: Annotated[str | None, Header()] = None) -> Any:
    """The JSON of a webhook with a valid signature. Respond 401 to anything else."""
    body = await request.body()  # the raw bytes: they are what is signed
    # While you rotate the secret, both are valid.
    secrets = [os.environ["VONAGE_SIGNATURE_SECRET"], os.environ.get("VONAGE_OLD_SIGNATURE_SECRET")]
    try:
        verify(authorization, body, secrets)
    except InvalidSignature as error:
        logger.warning("refused a webhook: %s", error)
        raise HTTPException(401, "the signature is not valid") from None
    try:
        return json.loads(body)
    except ValueError:
        raise HTTPException(400, "the body is not valid JSON") from None


@app.post("/webhooks/status", status_code=204)
async def status(event: Annotated[Any, Depends(verified_body)]) -> None:
    """Receive the status of a message. After a 2xx, Vonage does not send the webhook again."""
    logger.info("status: %s", event)


def signed(body: bytes, secret: str) -> str:
    """A token like Vonage's, to try the receiver."""
    claims = {"iat": int(time.time()), "jti": str(uuid.uuid4()), "payload_hash": hashlib.sha256(body).hexdigest()}
    return jwt.encode(claims, secret, "HS256")


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(description="Receive signed webhooks.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--sandbox", action="store_true", help="use a sandbox's signature secret, and show how to try it"
    )
    options = parser.parse_args()
    if options.sandbox:
        from aiovonage.sandbox import Sandbox

        os.environ["VONAGE_SIGNATURE_SECRET"] = Sandbox().signature_secret
        body = '{"status": "delivered"}'
        token = signed(body.encode(), os.environ["VONAGE_SIGNATURE_SECRET"])
        url = f"http://127.0.0.1:{options.port}/webhooks/status"
        print(f"curl -i {url} -H 'Authorization: Bearer {token}' -d '{body}'", flush=True)
    if not os.environ.get("VONAGE_SIGNATURE_SECRET"):
        parser.error("VONAGE_SIGNATURE_SECRET is not set")
    uvicorn.run(app, port=options.port)


if __name__ == "__main__":
    main()
