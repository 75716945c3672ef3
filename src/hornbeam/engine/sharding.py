"""Values on several devices (`keras.distribution`): where each Variable lies, and how a batch is shared out.

A program compiled for state that lies on a mesh runs on all of its devices; the compiler moves what has to be moved. So there are three
places only: a Variable is put on the mesh when it is made, a program asks where its Variables lie, and a step's batch is cut along its
first axis. The numbers are those of one device, but for rounding.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.patterns import PatternMap
from hornbeam.engine.tensor import Tensor, as_tensor, wrap


class _Now:
    distribution: "Distribution | None" = None


def distribution() -> "Distribution | None":
    """The distribution that is set, or None."""
    return _Now.distribution


def set_distribution(value: "Distribution | None") -> None:
    """Put Variables that are made from now on where a distribution says; None: on one device."""
    if value is not None and not isinstance(value, Distribution):
        raise ArgumentError(f"set_distribution takes a DataParallel, a ModelParallel or None; received {value!r}.")
    _Now.distribution = value


def list_devices(device_type: str | None = None) -> list[str]:
    """The devices of a kind ('cpu', 'gpu', 'tpu'), by default of the kind that programs run on: ['gpu:0', 'gpu:1']."""
    return [f"{device.platform}:{device.id}" for device in _devices(device_type)]


def _devices(device_type: str | None) -> Sequence[Any]:
    return jax.devices(device_type.lower() if device_type else None)


def get_device_count(device_type: str | None = None) -> int:
    """How many devices of a kind there are."""
    return len(_devices(device_type))


def initialize(job_addresses: str | None = None, num_processes: int | None = None, process_id: int | None = None) -> None:
    """Join several processes, each of which runs this program, into one; to be called before anything is computed.

    Args:
        job_addresses: 'host:port' of the first process (others may follow after commas); $KERAS_DISTRIBUTION_JOB_ADDRESSES by default.
        num_processes, process_id: how many there are, and which this is; $KERAS_DISTRIBUTION_NUM_PROCESSES and ..._PROCESS_ID.
    """
    told = {name: os.environ.get(f"KERAS_DISTRIBUTION_{name}") for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID")}
    addresses = job_addresses or told["JOB_ADDRESSES"]
    count, number = (int(told[name]) if given is None and told[name] else given
                     for given, name in ((num_processes, "NUM_PROCESSES"), (process_id, "PROCESS_ID")))  # fmt: skip
    jax.distributed.initialize(addresses.split(",")[0] if addresses else None, count, number)


class DeviceMesh:
    """Devices in a grid whose axes have names.

    Args:
        shape: of the grid: (8,), or (2, 4). axis_names: a name for each axis. devices: names of `list_devices`, all by default.
    """

    def __init__(self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None):
        if not shape or not axis_names or len(shape) != len(axis_names):
            raise ArgumentError(f"A DeviceMesh has a name for each axis of its shape; received shape={shape}, axis_names={axis_names}.")
        found = np.array(list_devices() if devices is None else devices).ravel()
        if np.prod(shape) != len(found):
            raise ArgumentError(f"A DeviceMesh of shape {tuple(shape)} has {np.prod(shape)} devices; there are {len(found)}.")
        self.shape, self.axis_names, self.devices = shape, axis_names, found.reshape(tuple(shape))
        kinds: dict[str, dict[str, Any]] = {}
        for name in map(str, found):
            kind = name.partition(":")[0]
            kinds.setdefault(kind, {f"{kind}:{device.id}": device for device in _devices(kind)})
            if name not in kinds[kind]:
                raise ArgumentError(f"There is no device {name!r}; there are {', '.join(kinds[kind])}.")
        devices = np.array([kinds[str(name).partition(":")[0]][str(name)] for name in found], object)
        self.backend_mesh = jax.sharding.Mesh(devices.reshape(tuple(shape)), tuple(axis_names))

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Along which axis of a mesh each axis of a tensor is cut; None: not at all.

    Args:
        axes: names of the mesh's axes, or None. device_mesh: may be set later, once.
    """

    def __init__(self, axes: Sequence[str | None], device_mesh: DeviceMesh | None = None):
        self.axes, self._mesh = tuple(axes), device_mesh
        self._check()

    def _check(self) -> None:
        wrong = {each for each in self.axes if each} - set(self._mesh.axis_names if self._mesh else self.axes)  # type: ignore[arg-type]
        if wrong:
            raise ArgumentError(f"A TensorLayout names axes of its mesh, {list(self._mesh.axis_names)}; received {sorted(wrong)}.")  # type: ignore[union-attr]

    @property
    def device_mesh(self) -> DeviceMesh | None:
        return self._mesh

    @device_mesh.setter
    def device_mesh(self, mesh: DeviceMesh) -> None:
        if self._mesh is not None:
            raise ArgumentError(f"The TensorLayout has a mesh already: {self._mesh}.")
        self._mesh = mesh
        self._check()

    @property
    def backend_layout(self) -> jax.sharding.NamedSharding:
        """JAX's form of it."""
        if self._mesh is None:
            raise ArgumentError("The TensorLayout has no mesh yet: set its `device_mesh`.")
        return jax.sharding.NamedSharding(self._mesh.backend_mesh, jax.sharding.PartitionSpec(*self.axes))

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self._mesh}>"


class LayoutMap(PatternMap):
    """Layouts by the path of a Variable: itself, or a regular expression that the whole path matches.

        layout_map[".*dense.*kernel"] = (None, "model")
    """

    def __init__(self, device_mesh: DeviceMesh):
        super().__init__()
        self.device_mesh = device_mesh

    def _default(self) -> None:
        return None

    def __setitem__(self, pattern: str, layout: Any) -> None:
        layout = TensorLayout(layout, self.device_mesh) if isinstance(layout, (list, tuple)) else layout
        if not isinstance(layout, TensorLayout):
            raise ArgumentError(f"A LayoutMap holds TensorLayouts or tuples of axes' names; received {layout!r} for {pattern!r}.")
        if layout.device_mesh is None:
            layout.device_mesh = self.device_mesh
        super().__setitem__(pattern, layout)


class Distribution:
    """Base: how data and Variables lie on a mesh."""

    def __init__(self, device_mesh: DeviceMesh, batch_dim_name: str | None = None, auto_shard_dataset: bool = True):
        self.device_mesh, self.auto_shard_dataset = device_mesh, auto_shard_dataset
        self.batch_dim_name = batch_dim_name or device_mesh.axis_names[0]

    def get_data_layout(self, data_shape: Sequence[Any]) -> TensorLayout:
        """The layout of a batch: cut along its first axis."""
        return TensorLayout([self.batch_dim_name, *[None] * len(data_shape)][: len(data_shape)], self.device_mesh)

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """The layout of a Variable: whole on each device, unless it was made with one."""
        return getattr(variable, "_layout", None) or TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """The layout of what a layer gives; None: the compiler's choice."""
        return None

    def distribute_dataset(self, dataset: Any) -> Any:
        """The dataset: each process reads what it is given."""
        return dataset

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """A block in which this distribution is set."""
        before = _Now.distribution
        set_distribution(self)
        try:
            yield
        finally:
            _Now.distribution = before

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class DataParallel(Distribution):
    """Variables whole on each device, batches shared out.

    Args:
        device_mesh: of one axis. devices: names of devices instead, by default all.
        auto_shard_dataset: accepted as Keras does.
    """

    def __init__(self, device_mesh: DeviceMesh | None = None, devices: Sequence[str] | None = None, auto_shard_dataset: bool = True):
        if device_mesh is not None and not isinstance(device_mesh, DeviceMesh):
            raise ArgumentError(f"DataParallel: `device_mesh` is a DeviceMesh; received {device_mesh!r}.")
        if device_mesh is None:
            names = np.array(list_devices() if devices is None else devices).ravel()
            device_mesh = DeviceMesh((len(names),), ["batch"], names)
        elif len(device_mesh.shape) > 1:
            warn(f"DataParallel shares batches out along the first axis of {device_mesh} only.")
        super().__init__(device_mesh, auto_shard_dataset=auto_shard_dataset)


class ModelParallel(Distribution):
    """Variables cut as a LayoutMap says, and batches along one axis of its mesh.

    Args:
        layout_map: layouts by path; Variables that it does not name are whole on each device.
        batch_dim_name: the mesh's axis for batches, the first by default. auto_shard_dataset: accepted as Keras does.
    """

    def __init__(
        self, *, layout_map: LayoutMap | None = None, batch_dim_name: str | None = None, auto_shard_dataset: bool = True, **kwargs: Any
    ):
        if not isinstance(layout_map, LayoutMap):
            raise ArgumentError(f"ModelParallel: `layout_map` is a LayoutMap; received {layout_map!r}.")
        super().__init__(layout_map.device_mesh, batch_dim_name, auto_shard_dataset)
        self.layout_map = layout_map

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        return getattr(variable, "_layout", None) or self.layout_map[variable.path] or super().get_variable_layout(variable)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        return self.layout_map[path]


def distribute_tensor(tensor: Any, layout: Any) -> Tensor:
    """The tensor in a layout; in a compiled function, one that the compiler is told."""
    return wrap(laid(as_tensor(tensor)._value, layout.backend_layout if isinstance(layout, TensorLayout) else layout))


def laid(value: Any, layout: jax.sharding.Sharding | None) -> Any:
    """An array in a layout; None: as it is."""
    if layout is None:
        return value
    with jax.enable_x64(True):
        if isinstance(value, jax.core.Tracer):
            return jax.lax.with_sharding_constraint(value, layout)
        return jax.device_put(value, layout)


def place(variable: Any, path: str) -> None:
    """Give a layer's Variable its path, and its place."""
    variable.path = path
    if _Now.distribution is not None:
        put(variable, _Now.distribution.get_variable_layout(variable).backend_layout)


def put(variable: Any, layout: jax.sharding.Sharding | None) -> None:
    """Lay a Variable's value out."""
    tensor = variable._tensor_now()
    if layout is not None and not tensor.is_traced:
        variable._placed = layout  # it goes back there when something else has been assigned
        variable._set(wrap(laid(tensor._value, layout)))


def of(variable: Any) -> jax.sharding.NamedSharding | None:
    """How a Variable lies on a mesh: None on one device, where no distribution is set."""
    now, placed = _Now.distribution, variable._placed
    if now is not None:
        here = getattr(placed, "mesh", None) == now.device_mesh.backend_mesh
        return placed if here else now.get_variable_layout(variable).backend_layout
    value = variable._tensor_now()._value if variable._tensor is not None else variable._lent
    found = getattr(value, "sharding", None)
    return found if isinstance(found, jax.sharding.NamedSharding) and len(found.device_set) > 1 else None


def shared_out(batch: Any) -> Any:
    """A batch that is being traced, cut along its first axis where its size allows."""
    now = _Now.distribution
    if now is None:
        return batch
    count = dict(zip(now.device_mesh.axis_names, now.device_mesh.shape, strict=True))[now.batch_dim_name]

    def cut(array: Any) -> Any:
        whole = not getattr(array, "ndim", 0) or array.shape[0] % count or not isinstance(array, jax.core.Tracer)
        return array if whole else laid(array, now.get_data_layout(array.shape).backend_layout)

    return jax.tree.map(cut, batch)
