"""Numbers among the settings of a client. They often come from the environment, where every value is text."""

from __future__ import annotations

from aiovonage.errors import ConfigurationError


def check_seconds(name: str, value: object, *, zero: bool = False, none: bool = True) -> None:
    """Check a setting in seconds.

    Args:
        name: The name of the setting.
        value: Its value.
        zero: Whether it may be 0.
        none: Whether it may be None, for no limit.

    Raises:
        ConfigurationError: if it is anything else.
    """
    if value is None and none:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not (value >= 0 if zero else value > 0):
        words = "a number of seconds, 0 or more" if zero else "a positive number of seconds"
        raise ConfigurationError(f"{name} must be {words}{', or None' if none else ''}; it is {value!r}")


def check_count(name: str, value: object, *, least: int) -> None:
    """Check a setting that is a whole number.

    Raises:
        ConfigurationError: if it is anything else, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{name} must be a whole number, {least} or more; it is {value!r}")
