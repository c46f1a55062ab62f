"""What the RCS handlers share."""

from __future__ import annotations

from aiovonage.sandbox.handlers.formats import is_phone
from aiovonage.sandbox.problems import problem


def check_phone(number: str, field: str) -> None:
    """Check a number of a body.

    Raises:
        ProblemResponse: 422 that names the field.
    """
    if is_phone(number):
        return
    wrong = {"field": field, "description": f"Field '{field}' is not a valid value"}
    title, detail = "There were some issues with the submitted data", f"{field} must be a telephone number in E.164"
    raise problem(422, "#invalid-data", title, detail, invalid_parameters=[wrong])
