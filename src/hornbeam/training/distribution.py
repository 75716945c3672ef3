"""tf.distribute: strategies as programs use them, on one device.

A strategy here has one replica: `scope` and `run` call what they are given, `reduce` and `gather` hand back their value. A program
written for several devices computes the same on one.
"""

import contextlib
import enum
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import is_tensor
from hornbeam.ops import reductions


class ReduceOp(enum.Enum):
    """How values of several replicas become one."""

    SUM = "SUM"
    MEAN = "MEAN"

    @classmethod
    def from_variable_aggregation(cls, aggregation: Any) -> "ReduceOp":
        return cls.MEAN if aggregation.name == "MEAN" else cls.SUM


class InputContext:
    """Which part of the data a worker reads: all of it."""

    def __init__(self, num_input_pipelines: int = 1, input_pipeline_id: int = 0, num_replicas_in_sync: int = 1):
        self.num_input_pipelines, self.input_pipeline_id = num_input_pipelines, input_pipeline_id
        self.num_replicas_in_sync = num_replicas_in_sync

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        if global_batch_size % self.num_replicas_in_sync:
            raise ArgumentError(f"A batch of {global_batch_size} cannot be shared among {self.num_replicas_in_sync} replicas evenly.")
        return global_batch_size // self.num_replicas_in_sync


class _Options:
    """Options that a strategy takes; kept, without effect on one device."""

    def __init__(self, *args: Any, **kwargs: Any):
        self.__dict__.update(kwargs)


class InputOptions(_Options):
    """Options of `experimental_distribute_dataset`."""


class RunOptions(_Options):
    """Options of `run`."""


class CommunicationOptions(_Options):
    """Options of collective operations."""


class CommunicationImplementation(enum.Enum):
    """How devices talk to each other; one device does not."""

    AUTO, RING, NCCL = "AUTO", "RING", "NCCL"


class HierarchicalCopyAllReduce(_Options):
    """A way of bringing replicas together."""


class NcclAllReduce(_Options):
    """A way of bringing replicas together."""


class ReductionToOneDevice(_Options):
    """A way of bringing replicas together."""


class ReplicaContext:
    """What code inside `run` sees of the replica it runs as."""

    num_replicas_in_sync = 1
    replica_id_in_sync_group = 0

    def __init__(self, strategy: "Strategy"):
        self.strategy = strategy

    def all_reduce(self, reduce_op: Any, value: Any, options: Any = None) -> Any:
        return value

    def all_gather(self, value: Any, axis: int, options: Any = None) -> Any:
        return value

    def merge_call(self, merge_fn: Callable, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None) -> Any:
        return merge_fn(self.strategy, *args, **(kwargs or {}))


class Strategy:
    """How a program runs on devices: here, on one."""

    num_replicas_in_sync = 1
    cluster_resolver: Any = None

    def __init__(self, extended: Any = None):
        """A strategy takes nothing; `extended` is accepted."""

    @contextlib.contextmanager
    def scope(self) -> Iterator["Strategy"]:
        """A block whose models and Variables belong to the strategy."""
        _stack.strategies.append(self)
        try:
            yield self
        finally:
            _stack.strategies.pop()

    def run(self, fn: Callable, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None, options: Any = None) -> Any:
        """`fn(*args, **kwargs)`, as the one replica."""
        _stack.replicas.append(ReplicaContext(self))
        try:
            return fn(*args, **(kwargs or {}))
        finally:
            _stack.replicas.pop()

    experimental_run_v2 = run

    def reduce(self, reduce_op: Any, value: Any, axis: int | None = None) -> Any:
        """The value itself, or its sum or mean along an axis."""
        name = str(getattr(reduce_op, "value", reduce_op)).upper()
        if name not in ("SUM", "MEAN"):
            raise ArgumentError(f"`reduce_op` is tf.distribute.ReduceOp.SUM or MEAN (or 'SUM', 'MEAN'); received {reduce_op!r}.")
        if axis is None:
            return value
        reduce = reductions.sum if name == "SUM" else reductions.mean
        return jax.tree.map(lambda each: reduce(each, axis), value, is_leaf=is_tensor)

    def gather(self, value: Any, axis: int) -> Any:
        return value

    def experimental_distribute_dataset(self, dataset: Any, options: Any = None) -> Any:
        return dataset

    def distribute_datasets_from_function(self, dataset_fn: Callable, options: Any = None) -> Any:
        return dataset_fn(InputContext())

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_distribute_values_from_function(self, value_fn: Callable) -> Any:
        return value_fn(ReplicaContext(self))

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        return (value,)

    unwrap = experimental_local_results

    @property
    def extended(self) -> "Strategy":
        return self

    # What `extended` has.
    def reduce_to(self, reduce_op: Any, value: Any, destinations: Any, options: Any = None) -> Any:
        return value

    def batch_reduce_to(self, reduce_op: Any, value_destination_pairs: Sequence[tuple[Any, Any]], options: Any = None) -> list[Any]:
        return [value for value, _ in value_destination_pairs]

    def update(self, var: Any, fn: Callable, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None, group: bool = True) -> Any:
        return fn(var, *args, **(kwargs or {}))

    def _in_multi_worker_mode(self) -> bool:
        """No. (A strategy has no public word for it; packages ask in this one.)"""
        return False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of one replica>"


class MirroredStrategy(Strategy):
    """One replica, on the device that JAX uses."""

    def __init__(self, devices: Any = None, cross_device_ops: Any = None):
        super().__init__()


class OneDeviceStrategy(Strategy):
    """One replica, on the device that JAX uses."""

    def __init__(self, device: Any = None):
        super().__init__()


class MultiWorkerMirroredStrategy(Strategy):
    """One worker with one replica."""

    def __init__(self, cluster_resolver: Any = None, communication_options: Any = None):
        super().__init__()


class CentralStorageStrategy(Strategy):
    """One replica, on the device that JAX uses."""

    def __init__(self, compute_devices: Any = None, parameter_device: Any = None):
        super().__init__()


class _Stack(threading.local):
    def __init__(self) -> None:
        self.strategies: list[Strategy] = []
        self.replicas: list[ReplicaContext] = []


_stack = _Stack()
_default = Strategy()


def get_strategy() -> Strategy:
    """The strategy whose scope is open, or the default one."""
    return _stack.strategies[-1] if _stack.strategies else _default


def has_strategy() -> bool:
    return bool(_stack.strategies)


def in_cross_replica_context() -> bool:
    return bool(_stack.strategies) and not _stack.replicas


def get_replica_context() -> ReplicaContext | None:
    """The context of the replica that runs; None inside a scope but outside `run`."""
    if _stack.replicas:
        return _stack.replicas[-1]
    return None if _stack.strategies else ReplicaContext(_default)


def experimental_set_strategy(strategy: Strategy | None) -> None:
    """Make a strategy the one of this thread."""
    _stack.strategies[:] = [] if strategy is None else [strategy]


class TPUClusterResolver:
    """Looks for a TPU, of which there is none that TensorFlow's way leads to: raises `ArgumentError` (a ValueError), as where none is."""

    def __init__(self, tpu: Any = None, *args: Any, **kwargs: Any):
        raise ArgumentError("No TPU was found: give the name of one to connect to. Hornbeam uses the device that JAX finds by itself.")

    @staticmethod
    def connect(tpu: Any = None, zone: Any = None, project: Any = None) -> "TPUClusterResolver":
        return TPUClusterResolver(tpu)


class HardwareFeature:
    """What a TPU can do."""

    class EmbeddingFeature(enum.Enum):
        """Its ways to hold tables."""

        UNSUPPORTED, V1, V2 = "UNSUPPORTED", "V1", "V2"


class TPUEmbedding:
    """Tables in a TPU's own memory, and whatever describes them: programs name these and make none without a TPU."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise ArgumentError("tf.tpu.experimental.embedding keeps tables on a TPU, and there is none. Use keras.layers.Embedding.")


class TPUStrategy(Strategy):
    """Making one raises `ArgumentError`: there is no TPU that TensorFlow's way leads to."""

    def __init__(self, tpu_cluster_resolver: Any = None, *args: Any, **kwargs: Any):
        raise ArgumentError("There is no TPU to make a strategy of; tf.distribute.get_strategy() runs on the device that JAX finds.")


def connect(resolver: Any = None, *args: Any, **kwargs: Any) -> None:
    """Raises `ArgumentError`, as `TPUClusterResolver` has done before a program comes here."""
    raise ArgumentError("There is no cluster or TPU to connect to. Hornbeam uses the device that JAX finds by itself.")
