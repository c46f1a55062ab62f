"""`python -m codegen.examples` compares the bodies that the documents print with the examples of the specs.

Bodies are found in the text wherever they are glued to it or to each other, and compared as data: the order of an
object's members and the white space of XML do not count. An example that is marked `x-inferred` need not be printed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import attrs

from codegen.spec import ROOT, SPECS, Spec, load_all

DOCUMENTS = ROOT.parent / "shared" / "documents"
NAMES = ("messaging-engagement", "ten-dlc", "short-code-opt-in", "channel-manager", "applications-users-redact")

HEADER = ("document", "bodies", "distinct", "in specs", "missing", "unprinted")

_START = re.compile(r"[{\[]|^(?:<\?xml[^>]*\?>\s*)?<(?=[a-z])", re.MULTILINE)
_XML = re.compile(r"(?:<\?xml[^>]*\?>\s*)?<([a-z][\w.-]*)\b[^<>]*(?:/>|(?<!/)>.*?</\1\s*>)", re.DOTALL)
_INTRODUCTION = re.compile(r"example (?:request|response)|ejemplo (?:solicitar|respuesta)", re.IGNORECASE)
_EXAMPLE_FOLLOWS = re.compile(r"Example (?:Request|Response)")


@attrs.frozen
class Body:
    """A body that a document prints, or an example of a spec.

    Attributes:
        place: File and line, or file and pointer.
        key: Its data in canonical form: equal bodies have equal keys.
    """

    place: str
    key: str

    def __str__(self) -> str:
        return f"{self.place}: {self.key[:80]}"


@attrs.frozen
class Comparison:
    """A document's bodies against the examples of its specs.

    Attributes:
        document: The document.
        printed: All bodies in it.
        specified: All examples that should be in it, in its specs.
    """

    document: str
    printed: list[Body]
    specified: list[Body]

    @property
    def missing(self) -> list[Body]:
        """What the specs lack, once each."""
        return _distinct(self.printed, besides=self.specified)

    @property
    def unprinted(self) -> list[Body]:
        """What the document lacks, once each."""
        return _distinct(self.specified, besides=self.printed)

    def row(self) -> tuple[object, ...]:
        """The document and its counts."""
        counted = (self.printed, _distinct(self.printed), _distinct(self.specified), self.missing, self.unprinted)
        return (self.document, *map(len, counted))


def main(arguments: list[str] | None = None) -> int:
    """Print the counts of each document, and what is missing on either side.

    Returns:
        0 when all agree or there are no documents, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m codegen.examples", description=__doc__)
    parser.add_argument("--documents", type=Path, default=DOCUMENTS, help=f"their folder (default: {DOCUMENTS})")
    options = parser.parse_args(arguments)
    if not options.documents.is_dir():
        print(f"There are no documents in {options.documents}: nothing is compared.")
        return 0
    found = compare(options.documents)
    for first, *counts in [HEADER, *(comparison.row() for comparison in found)]:
        print(f"{first:32}", *(f"{count:>10}" for count in counts))
    for comparison in found:
        for body in comparison.missing:
            print(f"missing in the specs: {body}")
        for body in comparison.unprinted:
            print(f"not in {comparison.document}: {body}")
    return 1 if any(comparison.missing or comparison.unprinted for comparison in found) else 0


def compare(documents: Path, specs: Path = SPECS) -> list[Comparison]:
    """Each document against the specs that name it."""
    loaded = load_all(specs)
    return [
        Comparison(
            file.name,
            list(bodies(file.name, file.read_text("utf-8"))),
            [e for s in loaded if s.data["info"].get("x-document") == file.name for e in examples(s)],
        )
        for file in (documents / f"{name}.txt" for name in NAMES)
    ]


def bodies(name: str, text: str) -> Iterator[Body]:
    """The bodies in a document's text.

    A heading introduces a body; what follows it with nothing but white space between is a body too. Blocks that stand
    in the tables are examples of single members: no heading introduces them, or (in 000) the heading comes after them.
    """
    previous = 0
    introduced = False
    for start, end, key in _blocks(text):
        gap = text[previous:start]
        introduced = bool(_INTRODUCTION.search(gap)) or (introduced and not gap.strip())
        if introduced and not _EXAMPLE_FOLLOWS.match(text, end):
            line = 1 + text.count("\n", 0, start)
            yield Body(f"{name}:{line}", key)
        previous = end


def examples(spec: Spec) -> Iterator[Body]:
    """The examples of a spec, but for the inferred ones."""
    yield from _examples(spec.path.name, spec.data, "")


def _examples(file: str, node: Any, pointer: str) -> Iterator[Body]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _examples(file, item, f"{pointer}/{index}")
    elif isinstance(node, dict):
        for name, item in node.items():
            inner = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if name != "examples" or not isinstance(item, dict) or pointer.endswith("/properties"):
                yield from _examples(file, item, inner)
                continue
            for key, example in item.items():
                if "value" in example and "x-inferred" not in example:
                    yield Body(f"{file}#{inner}/{key}", _key(example["value"]))


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Everything in a text that is JSON or XML: from where to where, and its canonical form."""
    end = 0
    for match in _START.finditer(text):
        start = match.start()
        if start >= end and (found := _json_at(text, start) or _xml_at(text, start)):
            key, end = found
            yield start, end, key


def _json_at(text: str, position: int) -> tuple[str, int] | None:
    if text[position] not in "{[":
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, position)
    except json.JSONDecodeError:
        return None
    return _key(value), end


def _xml_at(text: str, position: int) -> tuple[str, int] | None:
    match = _XML.match(text, position)
    try:
        return (_key(match[0]), match.end()) if match else None
    except ET.ParseError:
        return None


def _key(value: Any) -> str:
    """The canonical form of a JSON value or of an XML text. What is neither (a date of YAML) equals nothing."""
    if isinstance(value, str) and value.lstrip().startswith("<"):
        return ET.canonicalize(value, strip_text=True)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=repr)


def _distinct(those: list[Body], besides: list[Body] | None = None) -> list[Body]:
    """The first of each that are equal, without those that equal others."""
    others = {body.key for body in besides or []}
    first = {body.key: body for body in reversed(those)}
    return [body for body in those if first[body.key] is body and body.key not in others]


if __name__ == "__main__":
    sys.exit(main())
