"""Whose certificates are trusted, and which one is shown."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import truststore
from cryptography.hazmat.primitives import serialization

from aiovonage import ConfigurationError, ConnectionFailed, Vonage
from tests.core.server import Server, ok, serve

pytestmark = pytest.mark.usefixtures("transport")

PASSWORD = "s3cr3t-of-the-key"
OPENSSL = shutil.which("openssl")
hashed_folder = pytest.mark.skipif(OPENSSL is None, reason="needs openssl to hash the names in a folder")


class Files:
    """An authority and what it has signed, in files."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.folder = folder / "authorities"
        self.folder.mkdir()
        self.ca = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        if OPENSSL is not None:  # finds a certificate in a folder by the hash of its subject
            subprocess.run([OPENSSL, "rehash", str(self.folder)], check=True)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self.server)
        self.demanding = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.demanding)
        authority.configure_trust(self.demanding)
        self.demanding.verify_mode = ssl.CERT_REQUIRED
        client = authority.issue_cert("client@example.com")
        self.both, self.cert, self.key = folder / "both.pem", folder / "cert.pem", folder / "key.pem"
        client.private_key_and_cert_chain_pem.write_to_path(str(self.both))
        client.cert_chain_pems[0].write_to_path(str(self.cert))
        client.private_key_pem.write_to_path(str(self.key))
        self.encrypted = folder / "encrypted.pem"
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        self.encrypted.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(PASSWORD.encode()),
            )
        )
        self.junk = folder / "junk.pem"
        self.junk.write_text("no certificate")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


def context(files: Files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files.ca))


def system_context(files: Files) -> ssl.SSLContext:
    made = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(files.ca)
    return made


VERIFY: dict[str, Callable[[Files], Any]] = {
    "file": lambda files: files.ca,
    "text": lambda files: str(files.ca),
    "folder": lambda files: files.folder,
    "context": context,
    "truststore": system_context,
    "False": lambda _: False,
}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=hashed_folder) if kind == "folder" else kind for kind in VERIFY]
)
async def test_what_can_be_trusted(kind: str, files: Files) -> None:
    async with serve(tls=files.server) as server:
        for host in ("127.0.0.1", "localhost"):
            there = Server(ok, url=server.url.replace("127.0.0.1", host))
            async with there.client(max_retries=0, verify=VERIFY[kind](files)) as vonage:
                for _ in range(2):
                    await vonage.ten_dlc.get_brand("B1")
    assert (len(server.requests), server.connections) == (4, 2)


@pytest.mark.parametrize(
    ("variable", "place"), [("SSL_CERT_FILE", "ca"), pytest.param("SSL_CERT_DIR", "folder", marks=hashed_folder)]
)
async def test_the_environment_says_who_is_trusted_unless_it_is_not_asked(
    variable: str, place: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(getattr(files, place)))
    async with serve(tls=files.server) as server:
        async with server.client(max_retries=0) as vonage:
            await vonage.ten_dlc.get_brand("B1")
        async with server.client(max_retries=0, trust_env=False) as vonage:
            with pytest.raises(ConnectionFailed, match="not trusted"):
                await vonage.ten_dlc.get_brand("B1")


def test_the_certificates_of_the_system_and_of_certifi_are_trusted(transport: str) -> None:
    import certifi

    from aiovonage._core.http.options import ConnectionOptions

    trust = ConnectionOptions().trust()
    certificates = set(trust.context.get_ca_certs(binary_form=True))
    of_certifi = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    assert certificates >= set(of_certifi)
    assert certificates >= set(ssl.create_default_context().get_ca_certs(binary_form=True))
    assert trust.context.verify_mode is ssl.CERT_REQUIRED
    assert trust.context.check_hostname


async def test_an_untrusted_certificate_is_not_asked_again_and_the_error_says_what_to_do(files: Files) -> None:
    attempts: list[object] = []
    async with serve(tls=files.server) as server:
        for verify, named in ((True, "certifi"), (files.both, str(files.both))):
            attempts.clear()
            async with server.client(verify=verify, on_request=attempts.append) as vonage:
                with pytest.raises(ConnectionFailed) as raised:
                    await vonage.ten_dlc.get_brand("B1")
            words = str(raised.value)
            assert server.url.removeprefix("https://") in words
            assert "unable to get local issuer certificate" in words
            assert named in words
            assert "verify= or SSL_CERT_FILE" in words
            assert "[ten_dlc.get_brand]" in words
            assert (raised.value.sent, raised.value.permanent, len(attempts)) == (False, True, 1)


async def test_a_certificate_of_another_host_is_not_trusted(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    other = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    other.issue_cert("api.example.com").configure_cert(tls)
    trusting = ssl.create_default_context()
    other.configure_trust(trusting)
    async with serve(tls=tls) as server, server.client(verify=trusting) as vonage:
        with pytest.raises(ConnectionFailed, match=r"mismatch.*the SSLContext given as verify=") as raised:
            await vonage.ten_dlc.get_brand("B1")
    assert raised.value.permanent


@pytest.mark.parametrize("place", ["missing.pem", "junk"])
@pytest.mark.parametrize("setting", ["SSL_CERT_FILE", "verify"])
async def test_a_file_that_holds_no_certificate_is_named(
    setting: str, place: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(getattr(files, place, Path("/no/such") / place))
    if setting == "verify":
        with pytest.raises(ConfigurationError, match=f"verify: {path} "):
            Vonage(verify=path)
        return
    monkeypatch.setenv(setting, path)
    async with Server(ok, url="https://127.0.0.1:1").client() as vonage:
        began = time.monotonic()
        with pytest.raises(ConfigurationError, match=f"SSL_CERT_FILE: {path} "):
            await vonage.ten_dlc.get_brand("B1")
        assert time.monotonic() - began < 5


CERTS: dict[str, Callable[[Files], Any]] = {
    "one file": lambda files: files.both,
    "one file in a tuple": lambda files: (str(files.both),),
    "certificate and key": lambda files: (files.cert, str(files.key)),
    "encrypted key": lambda files: (files.cert, files.encrypted, PASSWORD),
}


@pytest.mark.parametrize("kind", CERTS)
async def test_a_client_certificate_is_shown(kind: str, files: Files) -> None:
    async with (
        serve(tls=files.demanding) as server,
        server.client(max_retries=0, verify=files.ca, cert=CERTS[kind](files)) as vonage,
    ):
        await vonage.ten_dlc.get_brand("B1")
        assert PASSWORD not in repr(vonage._session)
    assert len(server.requests) == 1


async def test_a_server_that_wants_a_certificate_and_gets_none(files: Files) -> None:
    async with serve(tls=files.demanding) as server, server.client(verify=files.ca, max_retries=0) as vonage:
        with pytest.raises(ConnectionFailed):
            await vonage.ten_dlc.revet_brand("B1")
    assert not server.requests


@pytest.mark.parametrize("case", ["missing", "junk", "no key", "wrong password", "no password", "too many", "number"])
def test_a_client_certificate_that_cannot_be_used_is_named_and_its_password_is_not(
    case: str, files: Files, transport: str
) -> None:
    cert: Any = {
        "missing": "/no/such/cert.pem",
        "junk": files.junk,
        "no key": files.cert,
        "wrong password": (files.cert, files.encrypted, f"{PASSWORD}!"),
        "no password": (files.cert, files.encrypted),
        "too many": (files.cert, files.key, PASSWORD, PASSWORD),
        "number": 5,
    }[case]
    with pytest.raises(ConfigurationError, match="cert") as raised:
        Vonage(cert=cert)
    if case in {"missing", "junk", "no key"}:
        assert str(cert) in str(raised.value)
    assert PASSWORD not in str(raised.value)
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    for frame in shown.stack:
        if "/aiovonage/_core/" in frame.filename:
            for name, value in (frame.locals or {}).items():
                assert PASSWORD not in value, (frame.name, name)
