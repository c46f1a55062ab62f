"""Reads the private key of an application.

Environment variables, secret stores and editors change keys: line ends become literal `\\n`, and quotation marks,
base64, carriage returns, a byte order mark or white space are added. All of these forms are accepted.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from aiovonage.errors import ConfigurationError

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_OLD_HEADERS = re.compile(r"^\s*(?:Proc-Type|DEK-Info):.*$", re.MULTILINE)
_LOOKS_LIKE_A_PATH = re.compile(r"(?:~|\.{0,2}/|[A-Za-z]:[\\/]|[\w.-]+/)[^\n]*|[\w.-]+\.(?:pem|key|txt)")
_KEY_MATERIAL = re.compile(r"[A-Za-z0-9+=]{30}|^MI[IG]")


def private_key_text(given: str | bytes | Path | None) -> str | None:
    """The private key as PEM text, given as text or as the path of a file.

    Raises:
        ConfigurationError: if there is no key. The value may be a damaged key, so neither the message nor the locals of
            the traceback contain it.
    """
    if given is None or (isinstance(given, str | bytes) and not given.strip()):
        return None
    pem, problem = _read(given)
    del given
    if pem is None:
        raise ConfigurationError(f"private_key {problem}")
    return pem


def why_unusable(pem: str, error: str) -> str:
    """Why a key cannot sign tokens, without quoting the key.

    Args:
        pem: The key.
        error: The class name of the error that signing raised.
    """
    found = _PEM.search(pem)
    kind = found[1] if found else ""
    if "ENCRYPTED" in kind or "ENCRYPTED" in pem[:200]:
        return "it is encrypted; decrypt it first: openssl pkey -in encrypted.key -out private.key"
    if "PUBLIC" in kind or kind == "CERTIFICATE":
        return f"it is a {kind.lower()}; give the private key that the dashboard let you download"
    if kind.startswith("OPENSSH"):
        return "it is in OpenSSH's form; convert it: ssh-keygen -p -m PEM -f private.key"
    if kind.startswith(("EC", "DSA")):
        return f"it is an {kind}"
    if (
        kind == "PRIVATE KEY"
        and error in {"InvalidKeyError", "TypeError", "AttributeError"}
        and _is_of_another_kind(pem)
    ):
        return "it is a key of another kind, such as an elliptic one"
    return f"it is damaged ({error}); it may have been cut off when it was copied"


def _is_of_another_kind(pem: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return not isinstance(load_pem_private_key(pem.encode(), None), RSAPrivateKey)
    except Exception:  # damaged in one of many ways
        return False


def _read(given: object) -> tuple[str | None, str]:
    """The key and an empty string; or None and what is wrong."""
    if isinstance(given, Path):
        return _from_file(given)
    if isinstance(given, bytes | bytearray):
        text = _decoded(bytes(given))
        if text is None:
            return None, "is neither text nor PEM; bytes must be those of a PEM file"
    elif isinstance(given, str):
        text = given
    else:
        return None, f"must be PEM text or a path, not {type(given).__name__}"
    text = _unquoted(text)
    pem = _as_pem(text)
    if pem is not None:
        return pem, ""
    if text.startswith("-----BEGIN"):
        return None, "has a line -----BEGIN but no matching line -----END: it was cut off"
    if text.startswith("MI") and len(text) > 300:
        return None, "has no lines -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- around it"
    if not text or "\0" in text:
        return None, "is neither PEM text nor the path of a readable file"
    return _from_file(Path(text))


def _from_file(path: Path) -> tuple[str | None, str]:
    shown = str(path)
    is_a_path = bool(_LOOKS_LIKE_A_PATH.fullmatch(shown)) and not _KEY_MATERIAL.search(shown) and len(shown) < 256
    where = f": {path.name!r} in {str(path.parent)!r}" if is_a_path else ""
    try:
        content = path.expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: the user has no home directory
        reason = getattr(error, "strerror", None) or type(error).__name__
        return None, f"is neither PEM text nor the path of a readable file ({reason}{where})"
    text = _decoded(content)
    pem = _as_pem(_unquoted(text)) if text is not None else None
    if pem is None:
        return None, f"names a file that holds no PEM key{where}"
    return pem, ""


def _decoded(content: bytes) -> str | None:
    """Decode the text of a file, which is UTF-16 if a Windows editor wrote it."""
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unquoted(text: str) -> str:
    text = text.strip("\ufeff \t\r\n")
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def _as_pem(text: str) -> str | None:
    """Normalize PEM text, which may be in base64; None if it is neither."""
    if "-----BEGIN" not in text:
        text = _from_base64(text)
    found = _PEM.search(text.replace("\\r", "\n").replace("\\n", "\n"))
    if found is None:
        return None
    kind, inner = found[1], found[2]
    if _OLD_HEADERS.search(inner):  # an encrypted key: its headers are needed to say so
        return found[0]
    body = "".join(inner.split())
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return ""
