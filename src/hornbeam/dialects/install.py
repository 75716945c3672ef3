"""Installing the tables."""

from collections.abc import Callable
from typing import Any

from hornbeam.dialects.rows import owner_of, put, put_item, spelled, undo

_installed = False


def install() -> None:
    """From now on Hornbeam's classes and functions take older spellings too. A second call changes nothing."""
    global _installed
    if _installed:
        return
    _installed = True
    import hornbeam.ops  # noqa: F401 (gives tensors their operators)
    from hornbeam.dialects import callbacks, get_updates, layers, optimizers, own_optimizers, saving, targets, training, values

    for table in (layers, own_optimizers, optimizers, get_updates, training, targets, callbacks, saving, values):
        _apply(table)


def first(fetch: Callable[[str], Any]) -> Callable[[str], Any]:
    """A module's `__getattr__` that installs the tables before it fetches anything."""

    def fetch_after(name: str) -> Any:
        if not name.startswith("__"):
            install()
        return fetch(name)

    return fetch_after


def uninstall() -> None:
    """Take older spellings out again."""
    global _installed
    undo()
    _installed = False


def _apply(table: Any) -> None:
    """Put a module's tables to work.

    REPLACED first: 'module:Class.method' -> function of the original that gives what takes its place.
    ARGUMENTS: 'module:Class' or 'module:function' -> {old argument: row}.
    ATTRIBUTES: 'module:Class' -> {name: method or property} that are not there today.
    STRINGS: kind -> {old name in `get`: today's}.
    """
    for target, replacement in getattr(table, "REPLACED", {}).items():
        owner, name = owner_of(target)
        put(owner, name, replacement(getattr(owner, name)))
    for target, rows in getattr(table, "ARGUMENTS", {}).items():
        owner, name = owner_of(target)
        label = None if name == "__init__" else f"{owner.__name__}.{name}" if isinstance(owner, type) else name
        put(owner, name, spelled(getattr(owner, name), rows, label and label.replace("Trainer.", "Model.")))
    for target, members in getattr(table, "ATTRIBUTES", {}).items():
        owner = owner_of(target)[0]
        for name, member in members.items():
            put(owner, name, member)
    from hornbeam.engine import registry

    for kind, names in getattr(table, "STRINGS", {}).items():
        for old, today in names.items():
            put_item(registry._table(kind), old, registry.lookup(kind, today))
