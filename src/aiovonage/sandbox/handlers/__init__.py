"""What each operation does to the state: one file per namespace."""

from aiovonage.sandbox.handlers import ten_dlc
from aiovonage.sandbox.handlers.registry import HANDLERS, Answer, Call

__all__ = ["HANDLERS", "Answer", "Call", "ten_dlc"]
