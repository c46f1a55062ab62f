"""Operations by name, each namespace imported when one of its operations is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aiovonage._core.operation import Operation


class OperationTable(Mapping[str, "Operation[Any]"]):
    """Operations by namespace and method: `table["ten_dlc.get_brand"]`.

    Args:
        load: What gives the operations of each namespace.
    """

    def __init__(self, load: Mapping[str, Callable[[], Iterable[Operation[Any]]]]) -> None:
        self._load = load
        self._loaded: dict[str, dict[str, Operation[Any]]] = {}

    def namespace(self, name: str) -> Mapping[str, Operation[Any]]:
        """The operations of a namespace, by their whole names.

        Raises:
            KeyError: when there is no such namespace.
        """
        if name not in self._loaded:
            self._loaded[name] = {operation.id: operation for operation in self._load[name]()}
        return self._loaded[name]

    def __getitem__(self, name: str) -> Operation[Any]:
        namespace = name.partition(".")[0]
        if namespace not in self._load:
            raise KeyError(name)
        return self.namespace(namespace)[name]

    def __iter__(self) -> Iterator[str]:
        for name in self._load:
            yield from self.namespace(name)

    def __len__(self) -> int:
        return sum(len(self.namespace(name)) for name in self._load)
