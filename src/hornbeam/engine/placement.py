"""Devices as programs name them (`tf.config`, `tf.device`). There is one place where programs run; settings that choose others are kept.

The first device of the default kind does the work. What TensorFlow lets one tune by hand (memory growth, threads, soft placement)
is JAX's business here: such settings are remembered and read back, and change nothing.
"""

import contextlib
import resource
from typing import Any, NamedTuple

import jax

from hornbeam.engine.errors import ArgumentError, InvalidArgumentError


class PhysicalDevice(NamedTuple):
    """A device of the machine."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"PhysicalDevice(name={self.name!r}, device_type={self.device_type!r})"


class LogicalDevice(NamedTuple):
    """A device as programs see it."""

    name: str
    device_type: str

    def __repr__(self) -> str:
        return f"LogicalDevice(name={self.name!r}, device_type={self.device_type!r})"


class LogicalDeviceConfiguration(NamedTuple):
    """How much of a device a program is to use."""

    memory_limit: int | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None


_visible: dict[str, list[PhysicalDevice]] = {}
_kept: dict[Any, Any] = {}  # settings that change nothing, by name


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The machine's devices: the CPU, and GPUs or TPUs that JAX finds."""
    found = [PhysicalDevice("/physical_device:CPU:0", "CPU")]
    numbers: dict[str, int] = {}
    for device in jax.devices():
        kind = {"gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}.get(device.platform)
        if kind is not None:
            number = numbers[kind] = numbers.get(kind, -1) + 1
            found.append(PhysicalDevice(f"/physical_device:{kind}:{number}", kind))
    return [device for device in found if device_type is None or device.device_type == device_type.upper()]


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    return [LogicalDevice(f"/device:{name.rpartition('device:')[2]}", kind) for name, kind in get_visible_devices(device_type)]


def gpu_names() -> list[str]:
    """The names of the GPUs that programs may use: Keras's `_get_available_gpus`."""
    return [device.name for device in list_logical_devices("GPU")]


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    return [
        device for device in list_physical_devices(device_type) if device in _visible.get(device.device_type, [device])
    ]  # fmt: skip


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Show programs only these devices (of a kind): `set_visible_devices([], 'GPU')` leaves the CPU, and work moves there."""
    chosen = [devices] if isinstance(devices, PhysicalDevice) else list(devices or [])
    known = list_physical_devices()
    for device in chosen:
        if device not in known:
            raise ArgumentError(f"There is no device {device!r}; this machine has {known}.")
        if device_type is not None and device.device_type != device_type:
            raise ArgumentError(f"{device!r} is no {device_type}.")
    for kind in [device_type] if device_type else {device.device_type for device in known}:
        _visible[kind] = [device for device in chosen if device.device_type == kind]
    if not any(device.device_type != "CPU" for device in get_visible_devices()):
        jax.config.update("jax_default_device", jax.devices("cpu")[0])


def keep(name: str, value: Any, of: Any = None) -> None:
    """Remember a setting that changes nothing here."""
    _kept[name, of] = value


def kept(name: str, default: Any = None, of: Any = None) -> Any:
    return _kept.get((name, of), default)


def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Remembered. How much memory JAX takes on a GPU is set before it starts: XLA_PYTHON_CLIENT_PREALLOCATE=false."""
    keep("memory_growth", bool(enable), device)


def get_memory_growth(device: PhysicalDevice) -> bool:
    return bool(kept("memory_growth", False, device))


def set_logical_device_configuration(device: PhysicalDevice, logical_devices: Any) -> None:
    keep("logical", list(logical_devices), device)


def get_logical_device_configuration(device: PhysicalDevice) -> Any:
    return kept("logical", None, device)


def get_memory_info(device: str) -> dict[str, int]:
    """Bytes in use now and at most: on a GPU JAX's, on the CPU this process's peak where the system tells."""
    stats = _jax_device(device).memory_stats() or {}
    if stats:
        return {"current": int(stats.get("bytes_in_use", 0)), "peak": int(stats.get("peak_bytes_in_use", 0))}
    return {"current": 0, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def get_device_details(device: PhysicalDevice) -> dict[str, Any]:
    if device.device_type == "CPU":
        return {}
    return {"device_name": _jax_device(device.name).device_kind}


def _jax_device(name: str, there: bool = True) -> Any:
    kind, _, number = name.upper().rpartition("DEVICE:")[2].lstrip("/").partition(":")
    platform = {"CPU": "cpu", "GPU": "gpu", "TPU": "tpu"}.get(kind)
    if platform is None:
        raise ArgumentError(f"A device is named 'CPU:0', 'GPU:0' or '/device:GPU:0'; received {name!r}.")
    try:
        return jax.devices(platform)[int(number or 0)]
    except (RuntimeError, IndexError):
        if not there:
            return None
        raise InvalidArgumentError(f"There is no device {name!r}; this machine has {[d.name for d in list_physical_devices()]}.") from None


class _DeviceBlock:
    """What `device` gives: `with` may be used on it more than once."""

    def __init__(self, device_name: Any, found: Any):
        self._device_name, self._found = device_name, found  # programs read TensorFlow's `_device_name`
        self._blocks: list[Any] = []

    def __enter__(self) -> None:
        here = self._found is None or self._found.platform == jax.default_backend()
        self._blocks.append(contextlib.nullcontext() if here else jax.default_device(self._found))
        self._blocks[-1].__enter__()

    def __exit__(self, *error: Any) -> None:
        self._blocks.pop().__exit__(*error)


def device(device_name: Any) -> contextlib.AbstractContextManager[None]:
    """A block whose operations run on a device ('/CPU:0', 'GPU:1'). One that is not there is passed over, as TensorFlow does by default."""
    if callable(device_name):
        raise ArgumentError("tf.device takes the name of a device; functions belong to TensorFlow 1.")
    name = None if device_name is None else str(getattr(device_name, "name", device_name))
    return _DeviceBlock(name, None if name is None else _jax_device(name, there=False))


def _setting(name: str, default: Any) -> tuple[Any, Any]:
    """A pair of functions that remember a setting and hand it back; it changes nothing here."""

    def get() -> Any:
        return kept(name, default)

    def set_(value: Any) -> None:
        keep(name, value)

    get.__doc__, set_.__doc__ = f"What was set for {name}.", f"Remember {name}; JAX decides for itself."
    return get, set_


get_soft_device_placement, set_soft_device_placement = _setting("soft_device_placement", True)
get_synchronous_execution, set_synchronous_execution = _setting("synchronous_execution", True)
get_inter_op_parallelism_threads, set_inter_op_parallelism_threads = _setting("inter_op_parallelism_threads", 0)
get_intra_op_parallelism_threads, set_intra_op_parallelism_threads = _setting("intra_op_parallelism_threads", 0)
get_jit, set_jit = _setting("jit", "")
get_experimental_options, set_experimental_options = _setting(
    "experimental_options", {"disable_model_pruning": False, "disable_meta_optimizer": False}
)


def enable_op_determinism() -> None:
    """Programs on a CPU give the same bits each time; on a GPU set XLA_FLAGS=--xla_gpu_deterministic_ops=true before the program begins."""
    keep("op_determinism", True)


def disable_op_determinism() -> None:
    """Forget that `enable_op_determinism` was called."""
    keep("op_determinism", False)


def is_op_determinism_enabled() -> bool:
    """Whether `enable_op_determinism` was called."""
    return kept("op_determinism", False)


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Whether a GPU may multiply float32 with fewer bits."""
    jax.config.update("jax_default_matmul_precision", "tensorfloat32" if enabled else "float32")


def tensor_float_32_execution_enabled() -> bool:
    return jax.config.jax_default_matmul_precision in (None, "tensorfloat32", "default")


def get_memory_usage(device: str) -> int:
    return get_memory_info(device)["current"]


def reset_memory_stats(device: str) -> None:
    """Raises no complaint: JAX's peak cannot be reset."""
    _jax_device(device)


def get_build_info() -> dict[str, Any]:
    """What this JAX was built for, by TensorFlow's keys."""
    return {"is_cuda_build": is_built_with_cuda(), "is_rocm_build": False, "is_tensorrt_build": False}


def gpu_device_name() -> str:
    """'/device:GPU:0' where there is a GPU, else ''."""
    return "/device:GPU:0" if list_physical_devices("GPU") else ""


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    return bool(list_physical_devices("GPU"))


def is_built_with_cuda() -> bool:
    """Whether the JAX that is installed can use an NVIDIA GPU."""
    import importlib.util

    return any(importlib.util.find_spec(f"jax_cuda{version}_plugin") is not None for version in (12, 13))
