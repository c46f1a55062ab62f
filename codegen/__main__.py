"""`python -m codegen` writes the generated code, and says what has changed for users; `--check` fails when it is not
what the specs give; `--lint` checks the specs; `--changes` fails when a breaking change is not in the changelog.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

import yaml

from codegen.changelog import NoSuchCommit, changes_since
from codegen.changes import changes, summary
from codegen.foreign.package import make_package
from codegen.foreign.place import Inexpressible
from codegen.generate import TARGET, drift, generate, write
from codegen.lint import lint
from codegen.spec import SPECS


def main(arguments: list[str] | None = None) -> int:
    """Generate, check or compare.

    Returns:
        0 when all is well, 1 when the committed code differs from the specs or a spec breaks a rule.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check", action="store_true", help="show how the generated code differs from the specs; write nothing"
    )
    mode.add_argument("--lint", action="store_true", help="check the specs against the rules of openapi/README.md")
    mode.add_argument(
        "--changes",
        metavar="COMMIT",
        help="show what has changed for users since a commit; fail if a breaking change is not in CHANGELOG.md",
    )
    mode.add_argument("--spec", type=Path, metavar="FILE", help="write a package from an OpenAPI document of others")
    parser.add_argument("--package", metavar="NAME", help="with --spec: what the package is called")
    parser.add_argument("--server", metavar="URL", help="with --spec: where the API is, if not where the document says")
    parser.add_argument("--specs", type=Path, default=SPECS, help="the folder of the specs (default: openapi)")
    parser.add_argument(
        "--output",
        type=Path,
        help="the folder of the generated code (default: src/aiovonage/api); with --spec the folder that gets the "
        "package (default: this one)",
    )
    options = parser.parse_args(arguments)
    if options.spec:
        if not options.package:
            parser.error("--spec needs --package NAME")
        return _package(options.spec, options.package, options.output or Path(), options.server)
    options.output = options.output or TARGET
    if options.lint:
        return _lint(options.specs)
    if options.changes:
        return _changes(options.changes)
    if _lint(options.specs, quiet=True):
        print("Nothing was generated: mend the specs first.", file=sys.stderr)
        return 1
    files = generate(options.specs)
    if options.check:
        difference = drift(files, options.output)
        sys.stdout.write(difference)
        if difference:
            print("The generated code is not what the specs give: run `make generate`.", file=sys.stderr)
        return 1 if difference else 0
    with TemporaryDirectory() as folder:
        before = Path(folder) / options.output.name
        if options.output.is_dir():
            copytree(options.output, before)
        else:
            before.mkdir()
            (before / "__init__.py").touch()
        write(files, options.output)
        found = changes(before, options.output)
    print(summary(found))
    return 0


def _package(file: Path, package: str, output: Path, server: str | None) -> int:
    if not all(part.isidentifier() for part in package.split(".")):
        print(f"{package!r} cannot be the name of a package", file=sys.stderr)
        return 2
    try:
        made = make_package(file, package, output, server)
    except (Inexpressible, OSError, yaml.YAMLError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for note in made.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{output / package.replace('.', '/')}: use it as vonage.use({package}.{made.classes[0]})")
    return 0


def _lint(specs: Path, *, quiet: bool = False) -> int:
    findings = lint(specs)
    for finding in findings:
        print(finding)
    if findings or not quiet:
        print(f"{len(findings)} finding{'' if len(findings) == 1 else 's'} in the specs", file=sys.stderr)
    return 1 if findings else 0


def _changes(commit: str) -> int:
    try:
        found, missing = changes_since(commit)
    except NoSuchCommit as error:
        print(f"cannot compare with {commit}: {error}", file=sys.stderr)
        return 2
    print(summary(found))
    if missing:
        print(f"\n{len(missing)} breaking changes are not in CHANGELOG.md; name each in an entry:", file=sys.stderr)
        for change in missing:
            print(change, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
