"""Credentials for schemathesis: by the schemes of each operation, from the environment."""

from __future__ import annotations

import base64
import os
import time
import uuid
from functools import cache
from typing import Any

import jwt
import schemathesis
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@cache
def private_key() -> RSAPrivateKey:
    """The key, read once: to read it takes thirty times as long as to sign with it."""
    key = load_pem_private_key(os.environ["VONAGE_PRIVATE_KEY"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


@schemathesis.auth()
class Credentials:
    """Puts the sandbox's credentials on a case."""

    def get(self, case: Any, ctx: Any) -> list[str]:
        """The schemes that the operation takes."""
        security = case.operation.definition.raw.get("security", [])
        return [scheme for alternative in security for scheme in alternative]

    def set(self, case: Any, data: list[str], ctx: Any) -> None:
        """Put them on."""
        environment = os.environ
        case.headers = case.headers or {}
        if "basic" in data:
            pair = f"{environment['VONAGE_API_KEY']}:{environment['VONAGE_API_SECRET']}"
            case.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif "jwt" in data:
            now = int(time.time())
            claims = {"application_id": environment["VONAGE_APPLICATION_ID"], "iat": now, "exp": now + 900}
            token = jwt.encode({**claims, "jti": str(uuid.uuid4())}, private_key(), "RS256")
            case.headers["Authorization"] = f"Bearer {token}"
        elif "apiKeySecret" in data:
            case.query = {
                **(case.query or {}),
                "api_key": environment["VONAGE_API_KEY"],
                "api_secret": environment["VONAGE_API_SECRET"],
            }
