"""Reads the settings of a test's sandbox. Markers override the fixture, which overrides the ini file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

try:
    from aiovonage.sandbox import Carriers, Faults, Sandbox
except ModuleNotFoundError as error:
    raise pytest.UsageError(f"vonage_sandbox needs {error.name}: pip install 'aiovonage[sandbox]'") from None

_SANDBOX = frozenset(inspect.signature(Sandbox).parameters)
_FAULTS = frozenset(attrs.fields_dict(Faults))
_CARRIERS = frozenset(f"carriers_{name}" for name in attrs.fields_dict(Carriers))


@attrs.frozen(kw_only=True)
class Settings:
    """The settings of a test's sandbox.

    Attributes:
        arguments: The arguments of `Sandbox`.
        socket: Whether it listens on a socket.
    """

    arguments: Mapping[str, Any]
    socket: bool


def settings_of(config: pytest.Config, options: Mapping[str, Any], node: pytest.Item) -> Settings:
    """The settings for one test.

    Raises:
        pytest.UsageError: if a setting does not exist or is malformed.
    """
    given = _of_ini(config)
    _take(given, options, "vonage_sandbox_options")
    for marker in reversed(list(node.iter_markers("vonage_sandbox"))):  # the closest one last
        if marker.args:
            raise pytest.UsageError("the marker vonage_sandbox takes its settings by name: vonage_sandbox(rate=30)")
        _take(given, marker.kwargs, "the marker vonage_sandbox")
    socket = bool(given.pop("socket"))
    faults = {name: given.pop(name) for name in _FAULTS if name in given}
    carriers = {name.removeprefix("carriers_"): given.pop(name) for name in _CARRIERS if name in given}
    try:
        if faults:
            given["faults"] = attrs.evolve(given.get("faults") or Faults(), **faults)
        if carriers:
            given["carriers"] = attrs.evolve(given.get("carriers") or Carriers(), **carriers)
        return Settings(arguments=given, socket=socket)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"the settings of vonage_sandbox: {error}") from None


def _of_ini(config: pytest.Config) -> dict[str, Any]:
    given: dict[str, Any] = {"socket": config.getini("vonage_sandbox_socket")}
    pairs = [fault.partition("=")[::2] for fault in config.getini("vonage_sandbox_faults")]
    if unknown := [name for name, _ in pairs if name not in _FAULTS]:
        known = ", ".join(sorted(_FAULTS))
        raise pytest.UsageError(f"vonage_sandbox_faults: {unknown[0]!r} is not a fault; use one of: {known}")
    if rate := config.getini("vonage_sandbox_rate"):
        pairs.append(("rate", rate))
    for name, value in pairs:
        try:
            given[name] = _parsed(name, value)
        except ValueError:
            raise pytest.UsageError(f"the ini option of vonage_sandbox: {name} is not a number: {value!r}") from None
    return given


def _parsed(name: str, value: str) -> Any:
    if name == "seed":
        return int(value)
    return tuple(value.split(",")) if name == "intermediary_kinds" else float(value)


def _take(given: dict[str, Any], options: Mapping[str, Any], where: str) -> None:
    known = _SANDBOX | _FAULTS | _CARRIERS | {"socket"}
    if unknown := sorted(options.keys() - known):
        raise pytest.UsageError(f"{where}: {unknown[0]!r} is not a setting; use one of: {', '.join(sorted(known))}")
    if "faults" in options:  # a whole Faults replaces single faults that were set farther away
        for name in _FAULTS:
            given.pop(name, None)
    if "carriers" in options:
        for name in _CARRIERS:
            given.pop(name, None)
    given.update(options)
