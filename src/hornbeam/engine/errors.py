"""What Hornbeam raises when a program is wrong: each error names the culprit, what came, and what to change.

Every type also derives from the built-in exception that Keras raises in the same place, and from the one of `tf.errors`, so existing
`except` clauses work.
"""

import difflib
from collections.abc import Iterable
from typing import Any


class HornbeamError(Exception):
    """Base of every error that Hornbeam raises on purpose."""


class OpError(HornbeamError):
    """TensorFlow's base of errors that operations raise; made from a message, or as TensorFlow does: (node_def, op, message)."""

    error_code = 2

    def __init__(self, *args: Any):
        self.node_def, self.op = args[:2] if len(args) > 1 else (None, None)
        super().__init__(args[2] if len(args) > 2 else args[0] if len(args) == 1 else "")

    @property
    def message(self) -> str:
        return str(self.args[0]) if self.args else ""


class CancelledError(OpError):
    """An operation was cancelled."""

    error_code = 1


class UnknownError(OpError):
    """An error of no other kind."""


class InvalidArgumentError(OpError):
    """An operation was given something that it cannot use."""

    error_code = 3


class TensorAssertionError(InvalidArgumentError, AssertionError):
    """An `assert` of a tensor, in converted code, did not hold: there it is an operation, as TensorFlow 2.0 had it."""


class DeadlineExceededError(OpError):
    """A deadline passed before an operation ended."""

    error_code = 4


class NotFoundError(OpError):
    """A file or a key is not there."""

    error_code = 5


class AlreadyExistsError(OpError):
    """What should be made is there already."""

    error_code = 6


class PermissionDeniedError(OpError):
    """The caller may not do this."""

    error_code = 7


class ResourceExhaustedError(OpError):
    """Memory or disk space has run out."""

    error_code = 8


class FailedPreconditionError(OpError):
    """The system is not in the state that an operation needs."""

    error_code = 9


class AbortedError(OpError):
    """An operation was given up."""

    error_code = 10


class OutOfRangeError(OpError):
    """An iteration went past its end."""

    error_code = 11


class UnimplementedError(OpError):
    """An operation does not exist for this case."""

    error_code = 12


class InternalError(OpError):
    """Something that must hold does not."""

    error_code = 13


class UnavailableError(OpError):
    """A service does not answer at present."""

    error_code = 14


class DataLossError(OpError):
    """Data is corrupted or lost for good."""

    error_code = 15


class UnauthenticatedError(OpError):
    """The caller has not said who it is."""

    error_code = 16


class ArgumentError(InvalidArgumentError, ValueError):
    """An argument has a value that cannot be used."""


class ShapeError(InvalidArgumentError, ValueError):
    """A tensor has a shape that does not fit where it was given."""


class DtypeError(InvalidArgumentError, TypeError):
    """A tensor or an argument has a type that does not fit where it was given."""


class ConversionError(DtypeError, ArgumentError):
    """A value cannot become a tensor of the type asked for."""


class CompositeError(ConversionError):
    """A structure of several tensors (ragged, sparse) came where one Tensor goes. The door hands the operation to the structure."""

    def __init__(self, value: Any, operation: str = ""):
        kind = type(value).__name__
        what = f"Operation '{operation}' does not take a {kind}" if operation else f"A {kind} came where a Tensor is needed"
        ways = {
            "RaggedTensor": "give its to_tensor(), or use tf.ragged.map_flat_values",
            "SparseTensor": "give tf.sparse.to_dense of it, or use its kin of tf.sparse",
        }
        super().__init__(f"{what}: {ways.get(kind, 'give its tensors, or say what it does with tf.experimental.dispatch_for_api')}.")
        self.value = value


class OutsideError(InvalidArgumentError, IndexError):
    """An index is outside its axis."""


class MaskError(ShapeError, OutsideError):
    """A boolean mask does not fit the tensor that it picks from."""


class EvalError(UnimplementedError, NotImplementedError):
    """TensorFlow 1's way to values, which graphs and sessions had."""


class DataError(InvalidArgumentError, ValueError):
    """Training data cannot be used: wrong length, labels outside their range, NaN, nothing at all."""


class StateError(FailedPreconditionError, RuntimeError):
    """Something was used before it was ready, or after it was gone."""


class DeviceMemoryError(ResourceExhaustedError, MemoryError):
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
