"""The sandbox serves every operation of the specs."""

from __future__ import annotations

from aiovonage.sandbox.handlers import HANDLERS
from tests.specs import cases


def test_every_operation_has_a_handler_and_no_other_has() -> None:
    wanted = {case.id for case in cases()}
    assert wanted - HANDLERS.keys() == set(), "write one in src/aiovonage/sandbox/handlers/"
    assert HANDLERS.keys() - wanted == set(), "no spec has these"
