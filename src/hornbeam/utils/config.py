"""Config: named values."""

import json
from collections.abc import Iterator
from typing import Any

from hornbeam.engine.errors import ArgumentError


class Config:
    """Named values, read and set as attributes or as items: `Config(learning_rate=0.1)`. After `freeze()` none may be changed."""

    def __init__(self, **kwargs: Any):
        vars(self).update(_config=kwargs, _frozen=False)

    @property
    def frozen(self) -> bool:
        return self._frozen

    def freeze(self) -> None:
        """Let nothing be changed from now on."""
        vars(self)["_frozen"] = True

    def unfreeze(self) -> None:
        vars(self)["_frozen"] = False

    def _mutable(self) -> dict[str, Any]:
        if self._frozen:
            raise ArgumentError("The Config is frozen, so its values cannot be changed: call unfreeze() first.")
        return self._config

    def as_dict(self) -> dict[str, Any]:
        return dict(self._config)

    def to_json(self) -> str:
        return json.dumps(self._config)

    def keys(self) -> Any:
        return self._config.keys()

    def values(self) -> Any:
        return self._config.values()

    def items(self) -> Any:
        return self._config.items()

    def get(self, keyname: str, value: Any = None) -> Any:
        return self._config.get(keyname, value)

    def pop(self, *args: Any) -> Any:
        return self._mutable().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        self._mutable().update(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._config:
            raise AttributeError(f"The Config has no value {name!r}; it has {', '.join(self._config) or 'none'}.")
        return self._config[name]

    def __getitem__(self, name: str) -> Any:
        return self._config[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._mutable()[name] = value

    __setitem__ = __setattr__

    def __delitem__(self, name: str) -> None:
        del self._mutable()[name]

    def __delattr__(self, name: str) -> None:
        if name not in self._mutable():
            raise AttributeError(f"The Config has no value {name!r}.")
        del self._config[name]

    def __contains__(self, name: object) -> bool:
        return name in self._config

    def __iter__(self) -> Iterator[str]:
        return iter(self._config)

    def __len__(self) -> int:
        return len(self._config)

    def __repr__(self) -> str:
        return f"<Config {self._config}>"
