"""Reads bodies of a type through Structs (`struct_generator.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiovonage._core.codec.struct_generator import StructGenerator
    from aiovonage._core.codec.unknown_members import UnknownMembers


class StructReader:
    """Reads bodies of a type. It generates the Structs anew when an answer had members that they do not name.

    Args:
        type_: A model, or a list of one.
        generator: Makes what generates the Structs.
        unknown: The members that the specs do not know.
    """

    def __init__(self, type_: Any, generator: Callable[[], StructGenerator], unknown: UnknownMembers) -> None:
        self._type = type_
        self._generator = generator
        self._unknown = unknown
        self._generated = self._generate()

    def __call__(self, body: bytes) -> Any:
        """The value of a body.

        Raises:
            Exception: of many classes, for a body that has to be read in the usual way.
        """
        state, parse, make = self._generated
        if state is not self._unknown.state:
            state, parse, make = self._generated = self._generate()
        return parse(body) if make is None else make(parse(body))

    def _generate(self) -> tuple[object, Callable[[bytes], Any], Callable[[Any], Any] | None]:
        import msgspec

        state = self._unknown.state
        struct, make = self._generator().of(self._type)
        return state, msgspec.json.Decoder(struct).decode, make
