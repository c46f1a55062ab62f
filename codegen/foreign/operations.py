"""Turns the operations of a document into the form of our own specs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from codegen.foreign.pages import pagination
from codegen.foreign.place import Inexpressible, Json, Place, document, follow
from codegen.foreign.schemas import Schemas
from codegen.foreign.security import security
from codegen.names import class_name, member_name
from codegen.spec import METHODS

JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b|\*/\*")
FORM = "application/x-www-form-urlencoded"
IGNORED_HEADERS = {"accept", "content-type", "authorization"}
"""Headers that by the standard are not parameters: the client sends them itself."""


class Operations:
    """Reads the paths of a document.

    Attributes:
        notes: What is not carried over, and where.
    """

    def __init__(self, root: Place, namespace: str, schemas: Schemas, server: str | None) -> None:
        self.notes: list[str] = []
        self._root = root
        self._document: Json = document(root.file)
        self._namespace = namespace
        self._schemas = schemas
        self._server = server
        self._names: dict[str, Place] = {}

    def paths(self) -> Json:
        """All paths with their operations."""
        paths: Json = {}
        for template, given in (self._document.get("paths") or {}).items():
            place, item = follow(self._root / "paths" / template, given)
            for method, operation in item.items():
                if method in METHODS:
                    host, path, made = self._operation(place / method, template, method, item, operation)
                    paths.setdefault(path, {})[method] = {**made, "x-host": host}
                elif method in {"head", "options", "trace"}:
                    raise Inexpressible(place / method, f"the method {method.upper()} cannot be expressed")
        if "webhooks" in self._document:
            self.notes.append(f"{self._root / 'webhooks'}: requests to you are not generated")
        return paths

    def _operation(self, place: Place, template: str, method: str, item: Json, node: Json) -> tuple[str, str, Json]:
        name = self._name(place, template, method, node)
        host, prefix = self._origin(place, node.get("servers") or item.get("servers"))
        parameters = self._parameters(place, template, [item, node], class_name(name))
        responses = self._responses(place, node, class_name(name))
        body = self._body(place, node, class_name(name))
        if "callbacks" in node:
            self.notes.append(f"{place / 'callbacks'}: requests to you are not generated")
        made: Json = {
            "operationId": name,
            "tags": [self._namespace],
            "summary": " ".join(str(node.get("summary") or name.replace("_", " ").capitalize()).split()),
            "description": node.get("description") or "",
            "deprecated": bool(node.get("deprecated")),
            "security": security(place, node, self._document),
            "parameters": parameters,
            "responses": responses,
            "x-spec": f"{self._root.file.name}, {method.upper()} {template}",
            **({"requestBody": body} if body else {}),
        }
        if found := pagination(self._schemas.named, method, parameters, responses):
            made["x-pagination"] = found
        return host, prefix + template, made

    def _name(self, place: Place, template: str, method: str, node: Json) -> str:
        given = node.get("operationId")
        words = given or f"{method} {' '.join(re.findall(r'[A-Za-z0-9]+', template))}"
        name = member_name(words)
        if name in self._names:
            raise Inexpressible(place, f"{name} is the name of the operation at {self._names[name]} already")
        self._names[name] = place
        return name

    def _origin(self, place: Place, servers: Any) -> tuple[str, str]:
        """Scheme and host, and the path that comes before all others."""
        servers = servers or self._document.get("servers") or []
        if self._server is None and not servers:
            raise Inexpressible(self._root / "servers", "the document names no server; give one with --server")
        url = self._server or servers[0]["url"]
        variables = servers[0].get("variables", {}) if servers and self._server is None else {}
        url = re.sub(r"\{(\w+)\}", lambda match: str(variables.get(match[1], {}).get("default", match[0])), url)
        if len(servers) > 1 and self._server is None:
            note = f"{self._root / 'servers'}: {url} is used; `hosts` or `base_url` of the client name another"
            self.notes += [note] if note not in self.notes else []
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise Inexpressible(place, f"{url!r} is not the URL of a server; give one with --server")
        return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")

    def _parameters(self, place: Place, template: str, owners: list[Json], operation: str) -> list[Json]:
        found: dict[tuple[str, str], Json] = {}
        for owner in owners:
            for index, given in enumerate(owner.get("parameters") or []):
                where, node = follow(place / "parameters" / index, given)
                if made := self._parameter(where, node, operation):
                    found[node["in"], node["name"]] = made
        order = re.findall(r"\{([^}]+)\}", template)
        for name in order:
            if ("path", name) not in found:
                raise Inexpressible(place, f"the path has {{{name}}}, which is not described")
        in_path = [found.pop(("path", name)) for name in order]
        if left := [name for where, name in found if where == "path"]:
            raise Inexpressible(place, f"{', '.join(left)} is not in the path {template}")
        names = [member_name(parameter["name"]) for parameter in [*in_path, *found.values()]]
        if twice := {name for name in names if names.count(name) > 1}:
            raise Inexpressible(place, f"two parameters are called {', '.join(sorted(twice))}")
        return [*in_path, *found.values()]

    def _parameter(self, place: Place, node: Json, operation: str) -> Json | None:
        where, name = node.get("in"), node.get("name", "")
        if where == "header" and name.lower() in IGNORED_HEADERS:
            return None
        if where not in {"path", "query"}:
            raise Inexpressible(place, f"{name}: a parameter in a {where} cannot be expressed")
        made: Json = {"name": name, "in": where, "description": node.get("description") or f"The {name}."}
        made["required"] = where == "path" or bool(node.get("required"))
        hint = class_name(name) if "/components/" in place.pointer else operation + class_name(name)
        if "content" in node:
            ((media, content),) = node["content"].items()
            if not JSON.match(media):
                raise Inexpressible(place, f"{name}: a parameter as {media} cannot be expressed")
            schema = self._schemas.schema(place / "content" / media / "schema", content["schema"], hint)
            return {**made, "content": {"application/json": {"schema": schema}}}
        schema = self._schemas.schema(place / "schema", node.get("schema", {"type": "string"}), hint)
        kind = self._kind(schema)
        style = node.get("style", "form" if where == "query" else "simple")
        if kind == "object" or (kind == "array" and where == "path"):
            raise Inexpressible(place, f"{name}: an {kind} in the {where} cannot be expressed")
        if style != ("form" if where == "query" else "simple"):
            raise Inexpressible(place, f"{name}: the style {style} cannot be expressed")
        if kind == "array":
            made["explode"] = node.get("explode", True)
        return {**made, "schema": schema}

    def _kind(self, schema: Json) -> str:
        if "$ref" in schema:
            schema = self._schemas.named[schema["$ref"].rpartition("/")[2]]
        types = schema.get("type", "union" if "oneOf" in schema or "anyOf" in schema else "string")
        return str(types[0] if isinstance(types, list) else types)

    def _body(self, place: Place, node: Json, operation: str) -> Json | None:
        if "requestBody" not in node:
            return None
        where, body = follow(place / "requestBody", node["requestBody"])
        content = body.get("content") or {}
        media = next((m for m in content if JSON.match(m)), FORM if FORM in content else None)
        if media is None:
            raise Inexpressible(where, f"a body as {' or '.join(content) or 'nothing'} cannot be expressed")
        self._left_out(where / "content", [other for other in content if other != media], media)
        inner = where / "content" / media / "schema"
        schema = self._schemas.schema(inner, content[media].get("schema", {}), f"{operation}Request")
        if media == FORM:
            self._flat(inner, schema)
        return {
            "required": body.get("required", False) or media == FORM,
            "description": body.get("description") or "The body.",
            "content": {media if media == FORM else "application/json": {"schema": schema}},
        }

    def _flat(self, place: Place, schema: Json) -> None:
        """A form has scalars and lists of them only."""
        model = self._schemas.named.get(schema.get("$ref", "").rpartition("/")[2], schema)
        for name, member in model.get("properties", {}).items():
            kind = self._kind(member.get("items", member) if member.get("type") == "array" else member)
            if kind in {"object", "array", "union"}:
                raise Inexpressible(place, f"{name}: an {kind} in a form cannot be expressed")

    def _responses(self, place: Place, node: Json, operation: str) -> Json:
        made: Json = {}
        for status, given in (node.get("responses") or {}).items():
            number = re.sub(r"[xX]{2}$", "00", str(status))
            where, response = follow(place / "responses" / status, given)
            made[number] = {"description": " ".join(str(response.get("description") or number).split())}
            if number.startswith("2"):
                made[number] |= self._content(where, response, operation)
        if "default" in made and not any(status.startswith("2") for status in made):  # the only one is that of success
            where, response = follow(place / "responses" / "default", node["responses"]["default"])
            made["200"] = {**made.pop("default"), **self._content(where, response, operation)}
        if not any(status.startswith("2") for status in made):
            self.notes.append(f"{place / 'responses'}: no success is described; the method gives None")
            made["200"] = {"description": "Done."}
        return made

    def _content(self, place: Place, response: Json, operation: str) -> Json:
        content = response.get("content") or {}
        if not content:
            return {}
        media = next((m for m in content if JSON.match(m)), None)
        if media is None:
            raise Inexpressible(place, f"an answer as {' or '.join(content)} cannot be expressed")
        self._left_out(place / "content", [other for other in content if other != media], media)
        schema = content[media].get("schema", {})
        made = self._schemas.schema(place / "content" / media / "schema", schema, f"{operation}Response")
        return {"content": {"application/json": {"schema": made}}}

    def _left_out(self, place: Place, others: list[str], media: str) -> None:
        if others:
            self.notes.append(f"{place}: {media} is used, not {', '.join(others)}")
