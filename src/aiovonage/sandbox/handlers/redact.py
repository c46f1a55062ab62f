"""Redact: removes personal data from a past message or call."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call, Response, handles
from aiovonage.sandbox.problems import problem

UNKNOWN, TOO_EARLY = "unknown", "too-early"
"""Ids that the sandbox refuses, so that both errors can be seen."""


@handles("redact.redact_transaction")
def redact_transaction(call: Call) -> Response:
    transaction = call.body["id"]
    if transaction == UNKNOWN:
        raise problem(404, "#invalid-id", "Invalid ID", f"ID '{transaction}' could not be found")
    if transaction == TOO_EARLY:
        raise problem(403, "#premature-redaction", "Premature Redaction", "The transaction has not finished yet")
    call.state.redacted.append(call.body)
    return Response(204)
