"""Redact: taking personal data out of a message or call that has been."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Answer, Call, handles
from aiovonage.sandbox.problems import refused
from aiovonage.sandbox.state import State

UNKNOWN, TOO_EARLY = "unknown", "too-early"
"""Ids that the sandbox refuses, so that both refusals can be seen."""


def seed(_: State) -> None:
    """Nothing."""


@handles("redact.redact_transaction")
def redact_transaction(call: Call) -> Answer:
    transaction = call.body["id"]
    if transaction == UNKNOWN:
        raise refused(404, "#invalid-id", "Invalid ID", f"ID '{transaction}' could not be found")
    if transaction == TOO_EARLY:
        raise refused(403, "#premature-redaction", "Premature Redaction", "The transaction has not finished yet")
    call.state.redacted.append(call.body)
    return Answer(204)
