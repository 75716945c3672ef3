"""What Hornbeam raises when a program is wrong: each error names the culprit, what came, and what to change.

Every type also derives from the built-in exception that Keras raises in the same place, so existing `except` clauses work.
"""

import difflib
from collections.abc import Iterable


class HornbeamError(Exception):
    """Base of every error that Hornbeam raises on purpose."""


class ArgumentError(HornbeamError, ValueError):
    """An argument has a value that cannot be used."""


class ShapeError(HornbeamError, ValueError):
    """A tensor has a shape that does not fit where it was given."""


class DtypeError(HornbeamError, TypeError):
    """A tensor or an argument has a type that does not fit where it was given."""


class DataError(HornbeamError, ValueError):
    """Training data cannot be used: wrong length, labels outside their range, NaN, nothing at all."""


class StateError(HornbeamError, RuntimeError):
    """Something was used before it was ready, or after it was gone."""


class DeviceMemoryError(HornbeamError, MemoryError):
    """A program does not fit in the memory of the device."""


class UntraceableError(HornbeamError, TypeError):
    """Python code inside a compiled function asked for a value that exists only when the program runs."""


class MissingExtra(HornbeamError, ImportError):
    """A feature needs a package that only one of the extras installs."""

    def __init__(self, feature: str, extra: str, package: str):
        super().__init__(f"{feature} needs the package {package}, which is not installed. Install it: pip install 'hornbeam[{extra}]'.")


def listing(names: Iterable[object]) -> str:
    """`'a', 'b' or 'c'`."""
    words = [repr(name) for name in names]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1] if words else "nothing"


def did_you_mean(name: object, allowed: Iterable[str]) -> str:
    """A sentence that names the closest allowed word, or all of them when none is close."""
    allowed = sorted(allowed)
    close = difflib.get_close_matches(str(name), allowed, n=1, cutoff=0.6)
    if not close:
        folded = {word.lower(): word for word in allowed}
        close = [folded[match] for match in difflib.get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)]
    if not close:  # 'he' for 'he_normal' and 'he_uniform', 'lr' for 'learning_rate'
        word = str(name).lower()
        begun = [each for each in allowed if len(word) > 1 and each.startswith(word)]
        close = begun or [each for each in allowed if "".join(part[:1] for part in each.split("_")) == word and "_" in each]
    return f"Did you mean {listing(close)}?" if close else f"Known names: {listing(allowed)}."


def unknown(kind: str, name: object, allowed: Iterable[str]) -> ArgumentError:
    """The error for a string that names nothing: `unknown('optimizer', 'adamm', names)`."""
    return ArgumentError(f"There is no {kind} called {name!r}. {did_you_mean(name, allowed)}")
