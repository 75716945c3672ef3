"""What a program may ask of, or say to, its surroundings: whether it runs eagerly, which version this is, a logger; and TensorFlow's
ways of ordering operations, which need no order here."""

import contextlib
import enum
import functools
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from hornbeam.engine.errors import OutOfRangeError, StateError
from hornbeam.engine.pure import local, untraced
from hornbeam.engine.tensor import Tensor, wrap

# The last TensorFlow whose tf.keras took Keras 2's programs. Programs compare this with what they need, or choose names by it; those
# written for 2.0 to 2.15 are the ones that must run unmodified, and no later check is common.
TENSORFLOW_VERSION = "2.15.1"
GIT_VERSION = "v2.15.1-hornbeam"
GRAPH_DEF_VERSION, GRAPH_DEF_VERSION_MIN_CONSUMER, GRAPH_DEF_VERSION_MIN_PRODUCER = 1645, 0, 0
COMPILER_VERSION = "XLA"
# The Keras whose names, numbers and file layout these are. Programs that parse it take their branch for Keras 3, which is here whole;
# what they wrote for Keras 2 is answered either way.
KERAS_VERSION = "3.15.1"


def keras_version() -> str:
    """`keras.version()`."""
    return KERAS_VERSION


class UnconnectedGradients(enum.Enum):
    """What a gradient is where no path leads: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


class AggregationMethod:
    """How TensorFlow adds gradients of one tensor up; accepted."""

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


def executing_eagerly() -> bool:
    """Whether operations run as they are called: not inside a compiled function."""
    return local.scope is None


def inside_function() -> bool:
    """Whether a compiled function is being traced."""
    return local.scope is not None


def init_scope() -> AbstractContextManager[None]:
    """A block outside the function that is being traced: what it makes has values at once."""
    return untraced()


@contextlib.contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """A block. Operations run in the order in which the program says them, so there is nothing to add."""
    if control_inputs is not None:
        for each in control_inputs:
            if callable(each):
                each()
    yield


def no_op(name: str | None = None) -> None:
    """Nothing."""


def group(*inputs: Any, **kwargs: Any) -> None:
    """Nothing: what was called has run, or stands in the program."""


def timestamp(name: str | None = None) -> Tensor:
    """Seconds since 1970, float64."""
    return wrap(np.array(time.time(), np.float64))


def get_logger() -> logging.Logger:
    """The logger named 'tensorflow'."""
    return logging.getLogger("tensorflow")


def always() -> bool:
    """True: Hornbeam runs eagerly, and compiles what `tf.function` names."""
    return True


def never() -> bool:
    """False."""
    return False


def nothing(*args: Any, **kwargs: Any) -> None:
    """What asks for what is so anyway: enable_eager_execution, enable_v2_behavior, reset_default_graph."""


def stay_eager(*args: Any, **kwargs: Any) -> None:
    """`disable_eager_execution`: told, and no more. Programs that use Keras alone run all the same; placeholders are refused when made."""
    warnings.warn(
        "Eager execution stays on: there are no graphs with placeholders and sessions as in TensorFlow 1. Leave the call out.", stacklevel=2
    )


def refuse_graphs(*args: Any, **kwargs: Any) -> None:
    """Raises `StateError`: programs of TensorFlow 1 (graphs, placeholders, sessions) are not run."""
    raise StateError(
        "Hornbeam runs TensorFlow 2 programs: there are no graphs with placeholders and sessions as in TensorFlow 1. Put the computation "
        "into a function, decorated with @tf.function to have it compiled."
    )


class Operation:
    """A node of a TensorFlow graph, for annotations and `isinstance`: nothing here is one."""


class RegisterGradient:
    """A decorator of the gradient of a graph's operation that another library brings. `tf.custom_gradient` is what programs need."""

    def __init__(self, op_type: str):
        self.op_type = op_type

    def __call__(self, f: Callable) -> Callable:
        return f


class Settings:
    """A ConfigProto or GPUOptions: any attribute can be set on it, to no effect, `config.gpu_options.allow_growth = True` too."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.__dict__.update(kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = Settings()
        object.__setattr__(self, name, inner)
        return inner


class DefaultGraph:
    """What `get_default_graph` gives, for a Session or a `with` block. Nothing is put into it: operations run as they are called."""

    @contextlib.contextmanager
    def as_default(self) -> Iterator["DefaultGraph"]:
        yield self

    def finalize(self) -> None:
        """There is nothing to close."""


@functools.cache
def get_default_graph() -> DefaultGraph:
    """The one `DefaultGraph`."""
    return DefaultGraph()


class Session:
    """What TensorFlow 2 programs still make to hand a configuration on. It runs no graphs."""

    def __init__(self, target: str = "", graph: Any = None, config: Any = None):
        self.config, self.graph = config, graph

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exc: Any) -> None:
        return None

    def as_default(self) -> "Session":
        return self

    def close(self) -> None:
        """There is nothing to close."""

    def run(self, *args: Any, **kwargs: Any) -> None:
        refuse_graphs()


class OneShotIterator:
    """An iterator as TensorFlow 1 spells it."""

    def __init__(self, dataset: Any):
        self._elements = iter(dataset)

    def get_next(self, name: str | None = None) -> Any:
        """The next element; `OutOfRangeError` after the last."""
        try:
            return next(self._elements)
        except StopIteration:
            raise OutOfRangeError("End of sequence") from None


def make_one_shot_iterator(dataset: Any) -> OneShotIterator:
    """`iter(dataset)` with the method `get_next`."""
    return OneShotIterator(dataset)


class Logging:
    """tf.compat.v1.logging: the logger 'tensorflow' with its old names."""

    DEBUG, INFO, WARN, WARNING, ERROR, FATAL = 10, 20, 30, 30, 40, 50

    def set_verbosity(self, verbosity: Any) -> None:
        get_logger().setLevel(int(verbosity))

    def get_verbosity(self) -> int:
        return get_logger().getEffectiveLevel()

    def __getattr__(self, name: str) -> Any:
        method = {"warn": "warning", "fatal": "critical"}.get(name, name)
        if method in ("debug", "info", "warning", "error", "critical", "log"):
            return getattr(get_logger(), method)
        raise AttributeError(f"tf.compat.v1.logging has no {name!r}")


v1_logging = Logging()
