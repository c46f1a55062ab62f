"""The base class of all generated models."""

from __future__ import annotations

from typing import Any

import attrs

from aiovonage._core.codec.pydantic_schema import core_schema_of, json_schema_of
from aiovonage._core.codec.record import Record


@attrs.define(kw_only=True, repr=False)
class Model(Record):
    """Base of all generated models.

    A member that is `None` was not in the answer, or is not sent. `extra` holds what the specs do not know: members of
    an answer that Vonage has added since, by their names on the wire; or members to send beside the known ones.
    """

    __module__ = "aiovonage"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """What pydantic does with a field of this class. It asks for it by this name."""
        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        """The JSON Schema that pydantic, and FastAPI's documentation, show for it."""
        return json_schema_of(cls)
