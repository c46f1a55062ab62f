"""A throwaway spec, and what is generated from it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from codegen.generate import generate
from codegen.ir import Package, package_of
from codegen.model_generator import YAML_DUMPER
from codegen.render import index_files, package_files
from codegen.spec import SPECS, YAML_LOADER, load

Mutation = Callable[[dict[str, Any]], object]

FILE = "widgets.v1.yaml"

WIDGETS = """
openapi: 3.1.0
info: {title: Widgets, version: "1", description: A throwaway API., x-document: widgets.txt}
servers: [{url: "https://widgets.example"}]
tags: [{name: widgets, description: Everything about widgets.}]
paths:
  /v1/shelves/{shelf-id}/widgets:
    get:
      operationId: list_widgets
      tags: [widgets]
      summary: List the widgets of a shelf.
      x-source: {document: widgets.txt, lines: [1, 20]}
      x-pagination: {style: page, items: /_embedded/widgets, first: 0}
      security: [{basic: []}]
      parameters:
        - {name: shelf-id, in: path, required: true, description: The shelf., schema: {type: string}}
        - {name: page, in: query, description: The page., schema: {type: integer, minimum: 0}}
        - {name: colour, in: query, description: Of which colour., schema: {$ref: "#/components/schemas/Colour"}}
      responses:
        "200":
          description: A page.
          content: {application/json: {schema: {$ref: "#/components/schemas/WidgetPage"}}}
        default: {$ref: "common.yaml#/components/responses/Problem"}
    post:
      operationId: create_widget
      tags: [widgets]
      summary: Put a widget on a shelf.
      x-source: {document: widgets.txt, lines: [21, 40]}
      security: [{basic: []}]
      parameters:
        - {name: shelf-id, in: path, required: true, description: The shelf., schema: {type: string}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/CreateWidget"}}}
      responses:
        "201":
          description: The widget.
          content: {application/json: {schema: {$ref: "#/components/schemas/Widget"}}}
        default: {$ref: "common.yaml#/components/responses/Problem"}
components:
  schemas:
    Colour: {type: string, description: A colour., enum: [red, 2-tone]}
    CreateWidget:
      type: object
      description: A widget to make.
      required: [class]
      properties:
        class: {type: string, maxLength: 5, description: Its class.}
        colour: {$ref: "#/components/schemas/Colour", description: Its colour.}
        note: {type: [string, "null"], description: What to know.}
    Widget:
      type: object
      description: A widget.
      properties:
        class: {type: string, maxLength: 5, description: Its class.}
        colour: {$ref: "#/components/schemas/Colour", description: Its colour.}
        made: {type: string, format: date-time-local, description: When it was made.}
        _links: {$ref: "common.yaml#/components/schemas/PageLinks", description: Links.}
    WidgetPage:
      type: object
      description: A page of widgets.
      properties:
        page: {type: integer, description: Its number.}
        total_pages: {type: integer, description: How many there are.}
        _embedded: {$ref: "#/components/schemas/WidgetPageEmbedded", description: The widgets.}
    WidgetPageEmbedded:
      type: object
      description: What a page holds.
      properties:
        widgets: {type: array, description: The widgets., items: {$ref: "#/components/schemas/Widget"}}
"""


@cache
def _parsed() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.load(WIDGETS, YAML_LOADER)
    return parsed


def widgets() -> dict[str, Any]:
    """The spec, to be changed."""
    return copy.deepcopy(_parsed())


def write_specs(folder: Path, mutation: Mutation = lambda _: None) -> None:
    """Write `common.yaml` and the spec, after a mutation."""
    folder.mkdir(exist_ok=True)
    spec = widgets()
    mutation(spec)
    (folder / "common.yaml").write_bytes((SPECS / "common.yaml").read_bytes())
    (folder / FILE).write_text(yaml.dump(spec, Dumper=YAML_DUMPER, sort_keys=False), "utf-8")
    load.cache_clear()


@cache
def _common() -> Package:
    return package_of(load(SPECS / "common.yaml"))


def sources(folder: Path) -> dict[str, str]:
    """What is generated from the spec alone, not formatted: `common.yaml` gives the same each time."""
    package = package_of(load(folder / FILE), _common())
    return package_files(package, "") | index_files(package.namespaces, "")


@cache
def whole() -> dict[str, str]:
    """All that is generated from the spec as it is."""
    with TemporaryDirectory() as folder:
        write_specs(Path(folder))
        return generate(Path(folder))
