"""TLS: which certificates are trusted, and the client certificate."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path
from typing import Protocol, TypeAlias

import attrs

from aiovonage.errors import ConfigurationError

Verify: TypeAlias = "bool | str | os.PathLike[str] | ssl.SSLContext"
Certificate: TypeAlias = "str | os.PathLike[str] | tuple[str | os.PathLike[str], ...]"


class TLSOptions(Protocol):
    """The part of `ConnectionOptions` that is needed here. It is passed as a whole, because `cert` may hold a password
    and some tools show the locals of a traceback; the repr of the options hides it.
    """

    @property
    def verify(self) -> Verify: ...
    @property
    def cert(self) -> Certificate | None: ...
    @property
    def trust_env(self) -> bool: ...


@attrs.frozen
class Trust:
    """The TLS settings of a client.

    Attributes:
        context: The context of its connections.
        words: Which certificates are trusted, for messages.
    """

    context: ssl.SSLContext
    words: str


def make_trust(options: TLSOptions) -> Trust:
    """The TLS settings that `verify`, `cert` and `trust_env` describe; see `Vonage`.

    Raises:
        ConfigurationError: if a file cannot be read, or does not contain a certificate or key.
    """
    trust = _verifying(options.verify, trust_env=options.trust_env)
    trust.context.set_alpn_protocols(["http/1.1"])
    if options.cert is not None:
        _show_certificate(trust.context, options)
    return trust


def _verifying(verify: Verify, *, trust_env: bool) -> Trust:
    if isinstance(verify, ssl.SSLContext):
        return Trust(verify, "those of the SSLContext given as verify=")
    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return Trust(context, "all: verify=False")
    if verify is not True:
        return _trusting(os.fspath(verify), "verify")
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if trust_env and (path := os.environ.get(variable)):
            return _trusting(path, variable)
    import certifi

    # The system's certificates include those that an administrator added. certifi's serve systems without any.
    if trust_env or sys.platform == "win32":
        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
    else:  # not OpenSSL's default, which reads SSL_CERT_FILE and SSL_CERT_DIR
        context = ssl.create_default_context(cafile=certifi.where())
        paths = ssl.get_default_verify_paths()
        if Path(paths.openssl_cafile).is_file():
            context.load_verify_locations(cafile=paths.openssl_cafile)
        if Path(paths.openssl_capath).is_dir():
            context.load_verify_locations(capath=paths.openssl_capath)
    return Trust(context, f"the system's, and {certifi.where()}")


def _trusting(path: str, setting: str) -> Trust:
    """Trust the certificates of a file or folder, and no others."""
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            context = ssl.create_default_context(capath=str(place))
        else:
            context = ssl.create_default_context(cafile=str(place))
    except OSError as error:  # ssl.SSLError is one
        raise ConfigurationError(f"{setting}: {_reason(error, place, 'a certificate')}") from None
    return Trust(context, f"those of {setting}={path}")


def _show_certificate(context: ssl.SSLContext, options: TLSOptions) -> None:
    # The password is never a local variable, since some tools show the locals of a traceback.
    certificate, key = _certificate_files(options)
    try:
        # Given as a function, because OpenSSL would otherwise ask for a missing password at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: _password(options))
    except OSError as error:  # ssl.SSLError is one
        wrong = next((place for place in (certificate, key) if place is not None and not _is_readable(place)), None)
        reason = _reason(error, wrong or certificate, "a certificate and its key")
        raise ConfigurationError(f"cert: {reason}; an encrypted key needs its password as third item") from None


def _certificate_files(options: TLSOptions) -> tuple[Path, Path | None]:
    files = options.cert if isinstance(options.cert, tuple) else (options.cert,)
    if not 1 <= len(files) <= 3 or not all(isinstance(file, str | os.PathLike) for file in files):
        del files
        raise ConfigurationError("cert must be a path, or (certificate, key), or (certificate, key, password)")
    places = [Path(file).expanduser() for file in files[:2] if file is not None]
    return places[0], places[1] if len(places) > 1 else None


def _password(options: TLSOptions) -> str:
    return os.fspath(options.cert[2]) if isinstance(options.cert, tuple) and len(options.cert) > 2 else ""


def _is_readable(place: Path) -> bool:
    return place.is_file() and os.access(place, os.R_OK)


def _reason(error: OSError, place: Path, wanted: str) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{place} does not hold {wanted} in PEM form ({error.reason or error})"
    return f"{place} cannot be read ({error.strerror})"
