"""All that is generated from one spec."""

from __future__ import annotations

from collections import Counter

import attrs

from codegen.ir.decide import aliases, class_schemas, decide
from codegen.ir.models import Enum, Model, Union, classes_of
from codegen.ir.operations import Operation, operation_of, places_of
from codegen.ir.text import wrapped
from codegen.ir.waiters import Waiter, waiters_of
from codegen.spec import Json, Spec, pascal


@attrs.frozen
class Namespace:
    """A namespace of the client.

    Attributes:
        name: Its name, as `ten_dlc`.
        package: The package that it is in.
        doc: Its docstring.
        operations: Its operations.
        waiters: Its waiters.
    """

    name: str
    package: str
    doc: str
    operations: tuple[Operation, ...]
    waiters: tuple[Waiter, ...]

    @property
    def class_name(self) -> str:
        """Its class."""
        return pascal(self.name)


@attrs.frozen
class Package:
    """The package of a spec.

    Attributes:
        spec: The spec.
        title: What the API is called.
        classes: Its models, enums and unions, by name.
        schemas: The schemas with only what makes classes and types.
        aliases: The attribute of each member, as `Class.wire`.
        namespaces: Its namespaces.
    """

    spec: Spec
    title: str
    classes: dict[str, Model | Enum | Union]
    schemas: Json = attrs.field(repr=False)
    aliases: dict[str, str] = attrs.field(repr=False)
    namespaces: tuple[Namespace, ...]

    @property
    def operations(self) -> list[Operation]:
        """All operations."""
        return [operation for namespace in self.namespaces for operation in namespace.operations]

    @property
    def waiters(self) -> list[Waiter]:
        """All waiters."""
        return [waiter for namespace in self.namespaces for waiter in namespace.waiters]

    @property
    def bodies(self) -> dict[str, Model]:
        """The models that are bodies whose members can be given as keyword arguments."""
        models = [model for operation in self.operations if operation.body for model in operation.body.models]
        return {name: model for name in dict.fromkeys(models) if isinstance(model := self.classes[name], Model)}


def package_of(spec: Spec, shared: Package | None = None) -> Package:
    """What a spec means.

    Args:
        spec: The spec.
        shared: What `common.yaml` means, where the spec refers to it.
    """
    given = [(f"Operation{index}", *operation) for index, operation in enumerate(spec.operations())]
    types = decide(spec, {name: places_of(spec, operation) for name, _, _, operation in given})
    classes = classes_of(spec, types)
    known = {**(shared.classes if shared else {}), **classes}
    counted = Counter(operation["operationId"] for *_, operation in given)
    operations: list[Operation] = []
    waiters: list[Waiter] = []
    for name, path, method, operation in given:
        made = operation_of(spec, path, method, operation, types.get(name, {}), known)
        if counted[made.name] > 1:  # in two namespaces
            made = attrs.evolve(made, constant=f"{made.namespace}_{made.name}".upper())
        if made.constant in known:  # SMS can be an operation and a model
            made = attrs.evolve(made, constant=f"{made.constant}_OPERATION")
        operations.append(made)
        waiters += waiters_of(operation, made)
    namespaces = [
        Namespace(
            tag["name"],
            spec.package,
            wrapped(" ".join(tag["description"].split()), indent=4),
            tuple(o for o in operations if o.namespace == tag["name"]),
            tuple(w for w in waiters if w.namespace == tag["name"]),
        )
        for tag in spec.data.get("tags", [])
    ]
    title = " ".join(spec.data["info"]["title"].split())
    return Package(spec, title, classes, class_schemas(spec), aliases(spec), tuple(namespaces))
