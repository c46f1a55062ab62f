"""`python -m codegen` writes the generated code; `--check` fails when it is not what the specs give; `--lint` checks
the specs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen.lint import lint
from codegen.press import TARGET, drift, generate, write
from codegen.spec import SPECS


def main(arguments: list[str] | None = None) -> int:
    """Run the press.

    Returns:
        0 when all is well, 1 when the committed code differs from the specs or a spec breaks a rule.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="show how the generated code differs from the specs; write nothing"
    )
    mode.add_argument("--lint", action="store_true", help="check the specs against the rules of openapi/README.md")
    parser.add_argument("--specs", type=Path, default=SPECS, help="the folder of the specs (default: openapi)")
    parser.add_argument(
        "--output", type=Path, default=TARGET, help="the folder of the generated code (default: src/aiovonage/api)"
    )
    options = parser.parse_args(arguments)
    if options.lint:
        findings = lint(options.specs)
        for finding in findings:
            print(finding)
        print(f"{len(findings)} findings in the specs", file=sys.stderr)
        return 1 if findings else 0
    files = generate(options.specs)
    if options.check:
        difference = drift(files, options.output)
        sys.stdout.write(difference)
        if difference:
            print("The generated code is not what the specs give: run `make generate`.", file=sys.stderr)
        return 1 if difference else 0
    write(files, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
