"""`tf.data.Options`: accepted as TensorFlow takes them. They steer how it runs a pipeline; here none changes what comes out."""

from typing import Any


class Options:
    """Settings of a pipeline, by attribute; groups of settings (`threading`, `experimental_optimization`) are made when asked for."""

    _GROUPS = ("autotune", "experimental_distribute", "experimental_optimization", "experimental_service", "threading")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._GROUPS:
            self.__dict__[name] = found = Options()
            return found
        return None

    def merge(self, options: "Options") -> "Options":
        """These settings and others, which win."""
        made = Options()
        made.__dict__.update({**self.__dict__, **options.__dict__})
        return made


class ThreadingOptions(Options):
    """How many threads TensorFlow would use."""


class AutoShardPolicy:
    """How TensorFlow divides data among several machines."""

    OFF, AUTO, FILE, DATA, HINT = -1, 0, 1, 2, 3
