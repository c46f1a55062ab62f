"""The program: its name, its commands and where they stand."""

from __future__ import annotations

import click

from aiovonage._version import __version__
from aiovonage.cli.lazy_group import LazyGroup

COMMANDS = {
    "demo": "aiovonage.cli.commands.demo:demo",
    "sandbox": "aiovonage.cli.commands.sandbox:sandbox",
    "link-numbers": "aiovonage.cli.commands.link_numbers:link_numbers",
    "unlink-numbers": "aiovonage.cli.commands.unlink_numbers:unlink_numbers",
    "check-numbers": "aiovonage.cli.commands.check_numbers:check_numbers",
    "sync-numbers": "aiovonage.cli.commands.sync_numbers:sync_numbers",
    "add-numbers": "aiovonage.cli.commands.add_numbers:add_numbers",
    "remove-numbers": "aiovonage.cli.commands.remove_numbers:remove_numbers",
    "worker": "aiovonage.cli.commands.worker:worker",
    "jobs": "aiovonage.cli.commands.jobs:jobs",
    "journal": "aiovonage.cli.commands.journal:journal",
    "call": "aiovonage.cli.commands.call:call",
    "operations": "aiovonage.cli.commands.operations:operations",
    "drift": "aiovonage.cli.commands.drift:drift",
    "completion": "aiovonage.cli.commands.completion:completion",
}


@click.group(cls=LazyGroup, commands_at=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aiovonage")
def app() -> None:
    """Provision numbers at Vonage: link them to campaigns by the hundred thousand, and call any operation of its APIs.

    Credentials come from the environment: VONAGE_API_KEY and VONAGE_API_SECRET, or VONAGE_APPLICATION_ID and
    VONAGE_PRIVATE_KEY (PEM text, or the path of a file) for the operations that take a token.

    Exit codes: 0 all is well, 1 some numbers failed, 2 wrong usage, 3 stopped: by Ctrl-C, or because Vonage refused or
    did not answer.
    """
