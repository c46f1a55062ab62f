"""What the WhatsApp handlers share."""

from __future__ import annotations

from aiovonage.sandbox.handlers.registry import Call
from aiovonage.sandbox.specs import Json

ROOT = "/v1/channel-manager/whatsapp"


def find_waba(call: Call) -> Json:
    """The business account that the path names.

    Raises:
        ProblemResponse: 404 if it does not exist.
    """
    return call.find(call.state.whatsapp.wabas, "waba_id")
