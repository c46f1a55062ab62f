"""What each operation does to the state: one file per namespace."""

from aiovonage.sandbox.handlers import applications, engagements, opt_ins, rcs, redact, ten_dlc, users, whatsapp
from aiovonage.sandbox.handlers.registry import HANDLERS, Answer, Call
from aiovonage.sandbox.state import State

__all__ = ["HANDLERS", "Answer", "Call", "seed"]


def seed(state: State) -> None:
    """What every namespace holds from the start."""
    for namespace in (ten_dlc, engagements, opt_ins, whatsapp, rcs, applications, users, redact):
        namespace.seed(state)
