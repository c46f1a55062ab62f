"""Every operation of the specs has a handler, so that a forgotten one is found without the slow contract test."""

from __future__ import annotations

import pytest

from aiovonage.sandbox.handlers.all_namespaces import handler_of
from aiovonage.sandbox.handlers.registry import HANDLERS
from aiovonage.sandbox.specs import operations


@pytest.mark.parametrize("operation", [operation.id for operation in operations()])
def test_every_operation_of_the_specs_has_a_handler(operation: str) -> None:
    assert handler_of(operation) is not None, f'write a function with @handles("{operation}") in sandbox/handlers/'


def test_every_handler_belongs_to_an_operation() -> None:
    assert set(HANDLERS) == {operation.id for operation in operations()}
