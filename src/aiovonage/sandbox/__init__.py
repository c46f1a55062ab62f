"""A stateful stand-in for Vonage's APIs on this machine (extra `sandbox`)."""

from aiovonage.sandbox.carriers import Carriers
from aiovonage.sandbox.faults import Faults
from aiovonage.sandbox.server import Sandbox

__all__ = ["Carriers", "Faults", "Sandbox"]
