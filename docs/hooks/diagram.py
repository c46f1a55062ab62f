"""Draws docs/architecture.svg: `python docs/hooks/diagram.py`.

The layers come from import-linter's contract in pyproject.toml, so the picture shows what `make check` enforces. The
file is committed: GitHub shows it, and the site needs neither a script nor a network to show it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from pathlib import Path

import attrs

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"

WHAT = {
    "cli": ("cli/", "commands and reports"),
    "testing": ("testing/", "fixtures for pytest"),
    "jobs": ("jobs/", "durable jobs, shared by several workers"),
    "_client": ("Vonage", "_client.py: settings, lifetime, namespaces"),
    "bulk": ("bulk/", "one run: an outcome per number, a journal"),
    "api": ("api/ (generated)", "models, and a method and an Operation for each operation"),
    "_core": ("_core/", "the path of a request; knows no API by name"),
    "errors": ("errors.py", "every error and the Problem that it carries"),
}
"""What a layer is. A layer that is not named here has no box: it holds details of the one above."""

WIDTH, MARGIN, GAP = 860, 20, 26
LAYERS_X, LAYERS_WIDTH = 220, 420
BOX_HEIGHT = 54
STYLE = """
  text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13px; fill: #1c1b2e; }
  .title { font-weight: 600; font-size: 14px; }
  .page { fill: #ffffff; }
  .package { fill: #f4f1fb; stroke: #b9aee0; }
  .box { fill: #ffffff; stroke: #5e35b1; stroke-width: 1.5; }
  .outside { fill: #fff8e1; stroke: #c78d00; stroke-width: 1.5; }
  .arrow { stroke: #444; stroke-width: 1.5; fill: none; marker-end: url(#head); }
  .dashed { stroke-dasharray: 5 4; }
"""


@attrs.frozen
class Box:
    """A box with a title and a line below it."""

    x: int
    y: int
    width: int
    title: str
    text: str
    kind: str = "box"
    height: int = BOX_HEIGHT

    @property
    def middle(self) -> int:
        """The x of its centre."""
        return self.x + self.width // 2

    @property
    def bottom(self) -> int:
        """The y of its lower edge."""
        return self.y + self.height

    def draw(self) -> Iterator[str]:
        """Its SVG."""
        place = f'x="{self.x}" y="{self.y}" width="{self.width}" height="{self.height}"'
        yield f'<rect class="{self.kind}" {place} rx="6"/>'
        yield _text(self.middle, self.y + 22, self.title, "title")
        for number, line in enumerate(self.text.split("\n")):
            yield _text(self.middle, self.y + 41 + 17 * number, line)


def draw() -> str:
    """The picture."""
    named = [[name for name in layer if name in WHAT] for layer in layers()]
    rows = [row for row in named if row]
    top = 70
    boxes: list[list[Box]] = []
    for number, row in enumerate(rows):
        width = (LAYERS_WIDTH - GAP * (len(row) - 1)) // len(row)
        y = top + number * (BOX_HEIGHT + GAP)
        boxes.append([Box(LAYERS_X + i * (width + GAP), y, width, *WHAT[name]) for i, name in enumerate(row)])
    by_name = {name: box for row, drawn in zip(rows, boxes, strict=True) for name, box in zip(row, drawn, strict=True)}
    core, api = by_name["_core"], by_name["api"]
    bottom = boxes[-1][0].bottom

    specs = Box(MARGIN, top, 150, "openapi/", "the facts by hand:\none spec per API", "outside", 72)
    codegen = Box(MARGIN, api.y - 9, 150, "codegen/", "make generate\nwrites api/", "outside", 72)
    sandbox = Box(690, by_name["_client"].y, 140, "sandbox/", "serves every API,\nwith state\nand faults", height=90)
    vonage = Box(690, bottom + 50, 150, "Vonage", "the real APIs", "outside")

    height = vonage.bottom + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="The layers of the package: each imports only what is below it">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#444"/></marker></defs>',
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
        f'<rect class="package" x="200" y="{MARGIN}" width="645" height="{bottom - MARGIN + 16}" rx="10"/>',
        _text(LAYERS_X + LAYERS_WIDTH // 2, 48, "src/aiovonage: each layer imports only what is below it", "title"),
    ]
    for box in (specs, codegen, sandbox, vonage, *(box for row in boxes for box in row)):
        parts += box.draw()
    for upper, lower in pairwise(boxes):
        parts += [_line(box.middle, box.bottom, box.middle, lower[0].y) for box in upper]
    parts += [
        _line(specs.middle, specs.bottom, specs.middle, codegen.y),
        _line(codegen.x + codegen.width, api.y + 27, api.x, api.y + 27),
        _line(core.x + core.width, core.y + 36, vonage.middle, core.y + 36, vonage.middle, vonage.y),
        _text(vonage.middle - 30, bottom + 6, "HTTPS"),
        _line(
            core.x + core.width, core.y + 18, sandbox.middle, core.y + 18, sandbox.middle, sandbox.bottom, dashed=True
        ),
        _text(sandbox.middle - 48, core.y + 9, "base_url"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def layers() -> list[list[str]]:
    """The names of the layers, from top to bottom."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (contract,) = [c for c in project["tool"]["importlinter"]["contracts"] if c["name"].startswith("Layers")]
    return [[name.strip().removeprefix("aiovonage.") for name in layer.split("|")] for layer in contract["layers"]]


def _text(x: int, y: int, text: str, kind: str = "text") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _line(*points: int, dashed: bool = False) -> str:
    kind = "arrow dashed" if dashed else "arrow"
    path = "L".join(f"{x} {y}" for x, y in zip(points[::2], points[1::2], strict=True))
    return f'<path class="{kind}" d="M{path}"/>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
