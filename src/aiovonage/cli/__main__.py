"""`python -m aiovonage.cli`."""

from aiovonage.cli import main

main()
