"""Values by the path of a layer or variable, as users write them: a path, or a pattern that fits several."""

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from hornbeam.engine.errors import ArgumentError


class PatternMap(MutableMapping):
    """From patterns to values. Asked for a path it gives what stands under it, or under the one regular expression that matches it whole.

    A subclass says what is given where none does (`_default`), and refuses values by overriding `__setitem__`.
    """

    def __init__(self) -> None:
        self._map: dict[str, Any] = {}

    def _default(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no `_default`.")

    def __getitem__(self, path: str) -> Any:
        if path in self._map:
            return self._map[path]
        found = [pattern for pattern in self._map if re.fullmatch(pattern, path)]
        if len(found) > 1:
            raise ArgumentError(f"The path {path!r} matches several keys of the {type(self).__name__}: {', '.join(map(repr, found))}.")
        return self._map[found[0]] if found else self._default()

    def __setitem__(self, pattern: str, value: Any) -> None:
        if not isinstance(pattern, str):
            raise ArgumentError(f"A key of the {type(self).__name__} is a path or a pattern of paths, a string; received {pattern!r}.")
        if pattern in self._map:
            raise ArgumentError(f"The {type(self).__name__} has the key {pattern!r} already, for {self._map[pattern]}. Delete it first.")
        self._map[pattern] = value

    def __delitem__(self, pattern: str) -> None:
        del self._map[pattern]

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def __contains__(self, pattern: object) -> bool:
        return pattern in self._map

    def __bool__(self) -> bool:
        return True
