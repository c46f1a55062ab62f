"""The program `aiovonage`, and its commands."""

from __future__ import annotations

import click

from aiovonage._version import __version__
from aiovonage.cli.lazy_group import LazyGroup

# Each command is imported by a function of its own: `aiovonage --version` needs none of them.


def _demo() -> click.Command:
    from aiovonage.cli.commands.demo import demo

    return demo


def _sandbox() -> click.Command:
    from aiovonage.cli.commands.sandbox import sandbox

    return sandbox


def _link_numbers() -> click.Command:
    from aiovonage.cli.commands.link_numbers import link_numbers

    return link_numbers


def _unlink_numbers() -> click.Command:
    from aiovonage.cli.commands.unlink_numbers import unlink_numbers

    return unlink_numbers


def _check_numbers() -> click.Command:
    from aiovonage.cli.commands.check_numbers import check_numbers

    return check_numbers


def _sync_numbers() -> click.Command:
    from aiovonage.cli.commands.sync_numbers import sync_numbers

    return sync_numbers


def _add_numbers() -> click.Command:
    from aiovonage.cli.commands.add_numbers import add_numbers

    return add_numbers


def _remove_numbers() -> click.Command:
    from aiovonage.cli.commands.remove_numbers import remove_numbers

    return remove_numbers


def _worker() -> click.Command:
    from aiovonage.cli.commands.worker import worker

    return worker


def _jobs() -> click.Command:
    from aiovonage.cli.commands.jobs import jobs

    return jobs


def _journal() -> click.Command:
    from aiovonage.cli.commands.journal import journal

    return journal


def _call() -> click.Command:
    from aiovonage.cli.commands.call import call

    return call


def _operations() -> click.Command:
    from aiovonage.cli.commands.operations import operations

    return operations


def _drift() -> click.Command:
    from aiovonage.cli.commands.drift import drift

    return drift


def _completion() -> click.Command:
    from aiovonage.cli.commands.completion import completion

    return completion


COMMANDS = {
    "demo": _demo,
    "sandbox": _sandbox,
    "link-numbers": _link_numbers,
    "unlink-numbers": _unlink_numbers,
    "check-numbers": _check_numbers,
    "sync-numbers": _sync_numbers,
    "add-numbers": _add_numbers,
    "remove-numbers": _remove_numbers,
    "worker": _worker,
    "jobs": _jobs,
    "journal": _journal,
    "call": _call,
    "operations": _operations,
    "drift": _drift,
    "completion": _completion,
}


@click.group(cls=LazyGroup, loaders=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aiovonage")
def app() -> None:
    """Provision numbers at Vonage: link them to campaigns by the hundred thousand, and call any operation of its APIs.

    Credentials come from the environment: VONAGE_API_KEY and VONAGE_API_SECRET, or VONAGE_APPLICATION_ID and
    VONAGE_PRIVATE_KEY (PEM text, or the path of a file) for the operations that use a JWT.

    Exit codes: 0 success, 1 some numbers failed, 2 wrong usage, 3 stopped: by Ctrl-C, or because Vonage refused or did
    not respond.
    """
