"""The body of an error answer (RFC 9457), read leniently."""

from __future__ import annotations

from typing import Any

import attrs


class InvalidParameter(dict[str, Any]):
    """A member or parameter that was refused, as the API says it.

    It is the JSON object itself, with properties for what the APIs name differently: 10DLC says field, code and
    description; the other APIs say name and reason.
    """

    __module__ = "aiovonage.errors"

    __slots__ = ()

    @property
    def field(self) -> str | None:
        """The name of the member or parameter."""
        return self.get("field", self.get("name"))

    @property
    def description(self) -> str | None:
        """What is wrong with it."""
        return self.get("description", self.get("reason"))

    @property
    def code(self) -> int | None:
        """The code of the carriers' registry. It is not an HTTP status."""
        return self.get("code")


@attrs.frozen
class Problem:
    """What an API says went wrong.

    Attributes:
        type: A URL that names the kind of problem. Its fragment is the `code`.
        title: The kind of problem, in words.
        detail: What is wrong with this very request.
        instance: The id of this occurrence, to quote to Vonage's support.
        invalid_parameters: The members that were refused (`errors`, where the use case check of 10DLC names them so).
        extra: All other members, by their names on the wire.
    """

    __module__ = "aiovonage.errors"

    type: str | None = None
    title: str | None = None
    detail: str | None = None
    instance: str | None = None
    invalid_parameters: list[InvalidParameter] = attrs.field(factory=list)
    extra: dict[str, Any] = attrs.field(factory=dict)

    @property
    def code(self) -> str | None:
        """The fragment of `type`: `brand-not-qualified` of
        `https://developer.vonage.com/api-errors/10dlc#brand-not-qualified`.
        """
        if not self.type or self.type == "about:blank" or ("/" in self.type and "#" not in self.type):
            return None  # a URL without a fragment; and RFC 9457 says that about:blank means nothing
        return self.type.rpartition("#")[2] or None

    @classmethod
    def from_json(cls, body: object) -> Problem:
        """Read a decoded body. What is no object gives an empty problem."""
        if not isinstance(body, dict):
            return cls()
        extra = dict(body)
        texts = {
            name: extra.pop(name)
            for name in ("type", "title", "detail", "instance")
            if isinstance(extra.get(name), str)
        }
        if "title" not in texts and isinstance(body.get("error_title"), str):  # the older form (Redact)
            texts["title"] = body["error_title"]
        items = extra.pop("invalid_parameters", None)
        if items is not None and not isinstance(items, list):
            extra["invalid_parameters"], items = items, None
        refused = items if items is not None else body.get("errors")
        parameters = [InvalidParameter(i) for i in refused if isinstance(i, dict)] if isinstance(refused, list) else []
        return cls(**texts, invalid_parameters=parameters, extra=extra)
