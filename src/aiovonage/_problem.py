"""The body of an error response (Problem Details, RFC 9457), read leniently."""

from __future__ import annotations

from typing import Any

import attrs


class InvalidParameter(dict[str, Any]):
    """An invalid member or parameter of a request, as the API reports it.

    It is the JSON object itself. Its properties cover what the APIs name differently: 10DLC has field, code and
    description, the other APIs have name and reason.
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
        """The code of the carriers' registry, which is not an HTTP status."""
        return self.get("code")


@attrs.frozen
class Problem:
    """A Problem, as the API reports it.

    Attributes:
        type: A URL that names the kind of problem. Its fragment is the `code`.
        title: The kind of problem, in words.
        detail: What is wrong with this request.
        instance: The id of this occurrence, to quote to Vonage's support.
        invalid_parameters: The invalid members (from `errors` in the use case check of 10DLC).
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
            return None  # a URL without a fragment; about:blank means no type (RFC 9457, 4.2.1)
        return self.type.rpartition("#")[2] or None

    @classmethod
    def from_json(cls, body: object) -> Problem:
        """Read a decoded body. Anything but an object gives an empty problem."""
        if not isinstance(body, dict):
            return cls()
        extra = dict(body)
        texts = {
            name: extra.pop(name)
            for name in ("type", "title", "detail", "instance")
            if isinstance(extra.get(name), str)
        }
        if "title" not in texts and isinstance(body.get("error_title"), str):  # the older format (Redact)
            texts["title"] = body["error_title"]
        items = extra.pop("invalid_parameters", None)
        if items is not None and not isinstance(items, list):
            extra["invalid_parameters"], items = items, None
        refused = items if items is not None else body.get("errors")
        parameters = [InvalidParameter(i) for i in refused if isinstance(i, dict)] if isinstance(refused, list) else []
        return cls(**texts, invalid_parameters=parameters, extra=extra)
