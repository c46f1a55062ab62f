"""What users import, and what that costs."""

from __future__ import annotations

import importlib
import json
import pickle
import subprocess
import sys
import textwrap
from typing import Any

import pytest

import aiovonage
from aiovonage import Vonage

PUBLIC = {
    "aiovonage": [
        "Vonage",
        "NULL",
        "encode",
        "decode",
        "Pager",
        "Page",
        "PartialResult",
        "Throttle",
        "VonageError",
        "ConfigurationError",
        "TransportError",
        "ConnectionFailed",
        "TimedOut",
        "DecodeError",
        "APIError",
        "BadRequest",
        "Unauthorized",
        "Forbidden",
        "NotFound",
        "Conflict",
        "UnprocessableContent",
        "RateLimited",
        "ThrottleTimeout",
        "ServerError",
        "PaginationError",
        "Drift",
        "UnknownValueWarning",
        "WaiterFailed",
        "WaiterTimedOut",
    ],
    "aiovonage.bulk": ["Link", "LinkOutcome", "BulkRun", "Journal", "Summary"],
    "aiovonage.jobs": ["Jobs", "Job", "JobStatus", "LinkNumbers", "UnlinkNumbers", "SyncNumbers"],
    "aiovonage.sandbox": ["Sandbox", "Faults", "Carriers"],
    "aiovonage.webhooks": ["verify", "verify_sig", "InvalidSignature"],
}
NAMESPACES = ["ten_dlc", "engagements", "opt_ins", "whatsapp", "rcs", "applications", "users", "redact", "bulk"]


def modules_after(code: str) -> set[str]:
    """The modules that are imported when a program of these lines ends."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PUBLIC.items() for name in names])
def test_the_promised_names_are_there(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None


def test_all_is_what_can_be_imported() -> None:
    assert set(PUBLIC["aiovonage"]) <= set(aiovonage.__all__)
    assert len(set(aiovonage.__all__)) == len(aiovonage.__all__)
    assert dir(aiovonage) == sorted(aiovonage.__all__)
    for name in aiovonage.__all__:
        value = getattr(aiovonage, name)
        assert getattr(aiovonage, name) is value


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'aiovonage' has no attribute 'Nexmo'"):
        _ = aiovonage.Nexmo
    assert not hasattr(aiovonage, "_private")


def test_a_star_gives_all() -> None:
    found: dict[str, Any] = {}
    exec("from aiovonage import *", found)
    assert set(aiovonage.__all__) <= found.keys()


def test_importing_the_package_imports_next_to_nothing() -> None:
    imported = modules_after("import aiovonage") - modules_after("")
    ours = {name for name in imported if name.partition(".")[0] == "aiovonage"}
    assert ours == {"aiovonage", "aiovonage._version"}
    assert not {"attrs", "cattrs", "msgspec", "orjson", "httpx", "httpcore", "jwt", "asyncio"} & imported


def test_a_client_imports_no_models_before_they_are_used() -> None:
    imported = modules_after("from aiovonage import Vonage\nvonage = Vonage(api_key='k', api_secret='s')")
    assert not {name for name in imported if name.startswith("aiovonage.api.")}
    assert not {"aiovonage.bulk", "aiovonage.sandbox", "aiovonage.cli", "jwt"} & imported
    assert not {"cattrs", "msgspec", "orjson", "httpx", "httpcore"} & imported


def test_a_few_small_responses_are_read_without_msgspec() -> None:
    program = """
        from aiovonage._core.codec.codec import Codec
        from aiovonage.api.ten_dlc import Brand
        codec = Codec()
        for _ in range(10):
            codec.encode_bytes(codec.decode_bytes(Brand, b'{"brand_id": "B"}'))
    """
    assert "msgspec" not in modules_after(textwrap.dedent(program))


def test_a_namespace_imports_its_own_models_only() -> None:
    imported = modules_after("from aiovonage import Vonage\nVonage(api_key='k', api_secret='s').ten_dlc")
    packages = {name.split(".")[2] for name in imported if name.startswith("aiovonage.api.")}
    assert packages == {"common", "ten_dlc"}


@pytest.mark.parametrize("name", NAMESPACES)
def test_every_namespace_is_there_and_stays_the_same(name: str) -> None:
    vonage = Vonage(api_key="k", api_secret="s")
    assert getattr(vonage, name) is getattr(vonage, name)
    if name != "bulk":
        assert getattr(vonage.with_raw_response, name) is not getattr(vonage, name)
        assert getattr(vonage.with_options(timeout=1), name) is not getattr(vonage, name)


def test_settings_are_named() -> None:
    with pytest.raises(TypeError, match="positional"):
        Vonage("key", "secret")  # type: ignore[call-arg]


def test_a_client_shows_its_account_and_nothing_else() -> None:
    vonage = Vonage(api_key="abcd", api_secret="s3cr3t", signature_secret="s1gn")
    assert repr(vonage) == "Vonage(account='abcd')"


def test_the_package_is_typed() -> None:
    from importlib.resources import files

    assert files("aiovonage").joinpath("py.typed").is_file()


def test_public_models_pickle_by_name() -> None:
    from aiovonage.api.ten_dlc import Brand

    assert pickle.loads(pickle.dumps(Brand)) is Brand
