"""Generates the reference pages from the specs when the site is built: one for each namespace, and one for the models
of each API. A new namespace in `openapi/` gets its page and its place in the navigation by itself.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from codegen.spec import SPECS, Json, Spec, load_all, pascal

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

logger = logging.getLogger("mkdocs.hooks.reference")

SCHEMES = {"basic": "Basic", "jwt": "JWT", "signature": "signed request", "apiKeySecret": "key and secret in the query"}
LISTS = {"page": "page numbers", "cursor": "cursor", "paging-cursors": "cursors", "whole": "one response"}
BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches `{}`",
}


@attrs.frozen
class Namespace:
    """A namespace of the client.

    Attributes:
        name: Its name.
        spec: The spec that it stands in.
        description: What it is for.
        operations: Path, method and body of each operation.
    """

    name: str
    spec: Spec
    description: str
    operations: list[tuple[str, str, Json]]

    @property
    def host(self) -> str:
        """Where its requests go."""
        return str(self.spec.data["servers"][0]["url"])

    @property
    def page(self) -> str:
        """The path of its page."""
        return f"reference/{self.name}.md"

    @property
    def endpoints(self) -> str:
        """The class of its methods."""
        return f"aiovonage.api.{self.spec.package}.endpoints.{pascal(self.name)}"


def namespaces() -> list[Namespace]:
    """All namespaces, in the order of the specs."""
    return [
        Namespace(tag["name"], spec, tag["description"], [o for o in spec.operations() if tag["name"] in o[2]["tags"]])
        for spec in load_all()
        for tag in spec.data.get("tags", [])
    ]


def namespace_page(namespace: Namespace) -> str:
    """The page of a namespace: what its operations are, what bounds them, and its methods."""
    spec = namespace.spec
    lines = [
        f"# {namespace.name}\n",
        f"{namespace.description.strip()}\n",
        f"`vonage.{namespace.name}` sends requests to `{namespace.host}`. This page is generated from "
        f"[{spec.path.name}](../openapi/{spec.path.name}). The last column gives the lines of Vonage's document "
        f"(`{spec.data['info']['x-document']}`). Requests and responses are [models](models/{spec.package}.md).\n",
        "## Operations\n",
        "| Method | Request | Auth | List | Idempotent | Limit | Lines |",
        "|---|---|---|---|---|---|---|",
        *(_row(namespace, *operation) for operation in namespace.operations),
        "",
    ]
    bounds = list(_bounds(namespace))
    if bounds:
        lines += [
            "## Limits\n",
            "A value outside these limits raises `InvalidValue`, and nothing is sent. Enums are open: the client sends "
            "a value that is not listed, with an `UnknownValueWarning`.\n",
            "| Where | Parameter or field | Limit |",
            "|---|---|---|",
            *bounds,
            "",
        ]
    inferred = [
        f"- `{operation['operationId']}`: {_line(operation['x-inferred'])}"
        for _, _, operation in namespace.operations
        if "x-inferred" in operation
    ]
    if inferred:
        lines += [
            "## Not stated by the document\n",
            "The document does not state the following, so the spec infers it. Check it first if the API behaves in "
            "an unexpected way.\n",
            *inferred,
            "",
        ]
    lines += ["## Methods\n", f"::: {namespace.endpoints}", "    options:", "      show_root_heading: false", ""]
    return "\n".join(lines)


def models_page(spec: Spec) -> str:
    """The page of the models of an API."""
    title = spec.data["info"]["title"]
    return "\n".join(
        [
            f"# Models: {title}\n",
            f"Import them from `aiovonage.api.{spec.package}`. `None` means that the response lacks the field, or that "
            "it is not sent. `extra` keeps fields that the spec does not know.\n",
            f"::: aiovonage.api.{spec.package}.models",
            "    options:",
            "      show_root_heading: false",
            "      show_bases: false",
            "",
        ]
    )


def index_page(found: list[Namespace]) -> str:
    """The first page of the reference."""
    rows = [
        f"| [`{n.name}`]({n.name}.md) | {_line(n.description)} | {len(n.operations)} | `{n.host}` | "
        f"[{n.spec.path.name}](../openapi/{n.spec.path.name}) |"
        for n in found
    ]
    total = sum(len(n.operations) for n in found)
    return "\n".join(
        [
            "# Reference\n",
            f"{len(found)} namespaces with {total} operations, generated from specs that cite their sources.\n",
            "| Namespace | Purpose | Operations | Host | Spec |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def pages() -> dict[str, str]:
    """All pages that are made here, by path."""
    found = namespaces()
    made = {"reference/index.md": index_page(found)}
    made |= {namespace.page: namespace_page(namespace) for namespace in found}
    made |= {f"reference/models/{spec.package}.md": models_page(spec) for spec in load_all() if spec.schemas}
    return made


def _row(namespace: Namespace, path: str, method: str, operation: Json) -> str:
    name = operation["operationId"]
    deprecated = " (deprecated)" if operation.get("deprecated") else ""
    auth = " or ".join(SCHEMES[scheme] for choice in operation["security"] for scheme in choice)
    pagination = operation.get("x-pagination")
    partial = operation.get("x-partial-success")
    idempotent = operation.get("x-idempotent", method in {"get", "put", "delete"})
    limit = operation.get("x-rate-limit") or namespace.spec.data.get("x-rate-limit")
    cells = [
        f"[`{name}`][{namespace.endpoints}.{name}]{deprecated}",
        f"`{method.upper()} {path}`",
        auth,
        LISTS[pagination["style"]] if pagination else "per item" if partial else "",
        "yes" if idempotent else "no",
        f"{limit['requests_per_second']} requests/s" if limit else "",
        _source(operation),
    ]
    return f"| {' | '.join(cells)} |"


def _source(operation: Json) -> str:
    if "x-source" not in operation:
        return "none"
    first, last = operation["x-source"]["lines"]
    return f"{first}–{last}"


def _bounds(namespace: Namespace) -> Iterator[str]:
    """A row for each bound of a parameter, and of a member of a request."""
    spec, seen = namespace.spec, set[str]()
    for _, _, operation in namespace.operations:
        for parameter in map(spec.resolve, operation.get("parameters", [])):
            if text := _bound(spec.resolve(parameter.get("schema", {}))):
                yield f"| `{operation['operationId']}` | `{parameter['name']}` | {text} |"
        body = spec.resolve(operation.get("requestBody", {}))
        for media in body.get("content", {}).values():
            yield from _schema_bounds(spec, media["schema"], seen)


def _schema_bounds(spec: Spec, node: Json, seen: set[str]) -> Iterator[str]:
    reference = node.get("$ref")
    if reference is None:
        for part in (*node.get("oneOf", ()), *node.get("anyOf", ()), node.get("items", {})):
            if part:
                yield from _schema_bounds(spec, part, seen)
        return
    if reference in seen:
        return
    seen.add(reference)
    schema = spec.resolve({"$ref": reference})
    name = reference.rpartition("/")[2]
    yield from _schema_bounds(spec, {key: schema[key] for key in ("oneOf", "anyOf", "items") if key in schema}, seen)
    for member, value in schema.get("properties", {}).items():
        if text := _bound(value):
            yield f"| `{name}` | `{member}` | {text} |"
        yield from _schema_bounds(spec, value, seen)


def _bound(schema: Json) -> str:
    found = [words.format(_cell(schema[key])) for key, words in BOUNDS.items() if key in schema]
    found = [
        words.removesuffix("s") if words.endswith(" 1 characters") or words.endswith(" 1 items") else words
        for words in found
    ]
    return ", ".join(found)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join(text.split())


# What MkDocs calls ---------------------------------------------------------------------------------------------------


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give the pages their places in the navigation."""
    models = [{s.data["info"]["title"]: f"reference/models/{s.package}.md"} for s in load_all() if s.schemas]
    made = [*({namespace.name: namespace.page} for namespace in namespaces()), {"Models": models}]
    config.nav = _completed(config.nav or [], made)
    return config


def _completed(entries: list[Any], made: list[Any]) -> list[Any]:
    """The navigation with the pages that are made here."""
    completed: list[Any] = []
    for entry in entries:
        if isinstance(entry, str):
            completed.append(entry)
            continue
        ((title, content),) = entry.items()
        if isinstance(content, list):
            completed.append({title: made if title == "Namespaces" else _completed(content, made)})
        else:
            completed.append(entry)
    return completed


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Warn, which fails the build, about a page that names a private module."""
    if private := sorted(set(re.findall(r"aiovonage\._[\w.]+", output))):
        logger.warning("%s names private modules: %s", page.file.src_uri, ", ".join(private))
    return output


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and the specs themselves."""
    from mkdocs.structure.files import File

    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    for spec in sorted(SPECS.glob("*.yaml")):
        files.append(File.generated(config, f"openapi/{spec.name}", abs_src_path=str(spec)))
    return files
