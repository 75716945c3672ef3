"""The one Tensor.

A Tensor wraps one of three values: a `jax.Array` (or a tracer of one), a NumPy array that nobody else can write to (small
tensors, whose arithmetic is quicker on the host, and strings), or a `Spec`, which makes it symbolic: a shape and a dtype
with the graph node that will produce it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from hornbeam.engine import dtypes
from hornbeam.engine.dtypes import DType
from hornbeam.engine.errors import (
    ArgumentError,
    CompositeError,
    ConversionError,
    DtypeError,
    EvalError,
    ShapeError,
    UntraceableError,
)
from hornbeam.engine.host_memory import aligned_copy
from hornbeam.engine.operators import Operators
from hornbeam.engine.shape import Shape, is_unknown, shown, standing

Tracer = jax.core.Tracer
HOST_BYTES = 32_768  # Above this a NumPy value moves to the device when it becomes a Tensor.


class Spec(NamedTuple):
    """The value of a symbolic tensor: what is known before there is data."""

    shape: tuple[int | None, ...]
    dtype: np.dtype


class Tensor(Operators):
    """An array of numbers (or strings) that operations take and give, immutable, owning its memory.

    Args:
        value: anything NumPy can read (copied, so later writes to it do not show), a `jax.Array`, or a Tensor.
        dtype: the element type; by default the value's own, Python floats being `floatx()` and Python ints int32.
    """

    __slots__ = ("_value", "_node", "_keras_mask", "_late_pool", "_slice_of", "_name", "__dict__", "__weakref__")
    __array_priority__ = 1000

    _value: Any
    _node: Any
    _keras_mask: Any
    _late_pool: Any
    _name: str  # what an argument of a compiled function is called
    _slice_of: Any  # the Variable and the key, for `v[0].assign(...)`

    def __init__(self, value: Any, dtype: Any = None):
        self._value = own(value, dtype)

    # What it is.
    @property
    def shape(self) -> Shape:
        return shown(self._value.shape, getattr(self, "_name", None)) if standing else tuple.__new__(Shape, self._value.shape)

    @property
    def dtype(self) -> DType:
        return dtypes.of(self._value)

    @property
    def ndim(self) -> int:
        return len(self._value.shape)

    @property
    def size(self) -> int | None:
        return self.shape.num_elements()

    @property
    def device(self) -> str:
        """Where the values are, in TensorFlow's words: '/job:localhost/replica:0/task:0/device:CPU:0'."""
        devices = getattr(self._value, "devices", None)
        device = next(iter(devices())) if devices and not self.is_traced else None
        kind, number = ("CPU", 0) if device is None else (device.platform.upper(), device.id)
        return f"/job:localhost/replica:0/task:0/device:{'GPU' if kind in ('CUDA', 'ROCM') else kind}:{number}"

    @property
    def name(self) -> str:
        if hasattr(self, "_name"):
            return f"{self._name}:0"
        node = getattr(self, "_node", None)
        return node.tensor_name(self) if node is not None else "tensor"

    @property
    def is_symbolic(self) -> bool:
        return type(self._value) is Spec

    @property
    def is_traced(self) -> bool:
        return isinstance(self._value, Tracer)

    def get_shape(self) -> Shape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Checks that the shape is this one: sizes are known here."""
        if not self.shape.is_compatible_with(shape):
            raise ShapeError(f"A tensor of shape {self.shape} cannot be given the shape {Shape(shape)}.")

    def ref(self) -> "Reference":
        """A key for dicts and sets that stands for this very tensor."""
        return Reference(self)

    experimental_ref = ref

    @property
    def assign(self) -> Any:
        """What `variable[key]` is assigned by; other tensors do not change and have no such attribute."""
        if not hasattr(self, "_slice_of"):
            raise AttributeError("A tensor does not change and has no `assign`: make it a tf.Variable.")
        variable, key = self._slice_of
        return lambda value, use_locking=False, name=None, read_value=True: variable._assign_at(key, value)

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        raise EvalError("A tensor has its values at once: write `.numpy()` in place of `.eval()`, and no Session.")

    # Leaving for the host.
    def numpy(self) -> Any:
        """A NumPy copy of the values, the caller's to write to (a scalar for a scalar tensor)."""
        array = np.array(self.__array__())
        return array[()] if array.ndim == 0 else array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = self._value
        if type(value) is not np.ndarray:
            self._demand("its numbers")
            value = np.asarray(value)
        if dtype is not None and value.dtype != dtype:
            return value.astype(dtype)
        return value.copy() if copy else value

    def __jax_array__(self) -> Any:
        self._demand_values("its numbers")
        with jax.enable_x64(True):
            return jax.numpy.asarray(self._value)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.__jax_array__().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.__jax_array__().__dlpack_device__()

    def item(self) -> Any:
        return self.__array__().item()

    def tolist(self) -> Any:
        return self.__array__().tolist()

    def __bool__(self) -> bool:
        self._demand("a Python truth value (an `if`, `while`, `and` or `assert` on a tensor)")
        if self._value.size != 1:
            raise ArgumentError(
                f"The truth value of a tensor of shape {self.shape} is ambiguous: reduce it to one with `any` or `all`."
            )
        return bool(self.__array__())

    def __int__(self) -> int:
        return int(self._scalar("an int"))

    def __float__(self) -> float:
        return float(self._scalar("a float"))

    def __complex__(self) -> complex:
        return complex(self._scalar("a complex number"))

    def __index__(self) -> int:
        if not (self.dtype.is_integer and self.ndim == 0):
            raise DtypeError(f"Only an integer scalar can be an index; this tensor is {self.dtype} of shape {self.shape}.")
        return int(self._scalar("an index"))

    def __format__(self, spec: str) -> str:
        return format(str(self) if self.is_symbolic or self.is_traced else self.numpy(), spec)

    def _scalar(self, wanted: str) -> Any:
        self._demand(wanted)
        if self._value.size != 1:
            raise DtypeError(f"Only a tensor with one element can become {wanted}; this one has shape {self.shape}.")
        return self.__array__().reshape(())[()]

    def _demand_values(self, wanted: str) -> None:
        if self.is_symbolic:
            raise UntraceableError(
                f"A symbolic tensor (shape {self.shape}, {self.dtype}) has no values yet, so {wanted} cannot be had. "
                "Use operations of `hornbeam.ops` (or a layer) on it, and values once the model is called on data."
            )

    def _demand(self, wanted: str) -> None:
        self._demand_values(wanted)
        if self.is_traced:
            raise UntraceableError(
                f"A compiled function asked for {wanted} of a tensor (shape {self.shape}, {self.dtype}) that has values only when "
                "the program runs. Use `hornbeam.ops` instead of Python or NumPy on it (`ops.cond`, `ops.where`, `ops.while_loop`), "
                "or compile the model with run_eagerly=True."
            )

    # Sequence manners.
    def __len__(self) -> int:
        if not self.ndim:
            raise DtypeError("A scalar tensor has no length.")
        return self._value.shape[0]

    def __iter__(self) -> Iterator["Tensor"]:
        if not self.ndim:
            raise DtypeError("A scalar tensor cannot be iterated over.")
        if self._value.shape[0] is None:
            raise ShapeError(f"The first size of this symbolic tensor (shape {self.shape}) is not known: it cannot be iterated over.")
        return (self[i] for i in range(self._value.shape[0]))

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> "Tensor":
        return self

    def __deepcopy__(self, memo: dict) -> "Tensor":
        return self

    def __reduce__(self):
        return Tensor, (self.numpy(),)

    # The printed forms, TensorFlow's.
    def __repr__(self) -> str:
        if self.is_symbolic:
            return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"
        if self.is_traced or (standing and self._measures()):
            return f"<tf.Tensor '{getattr(self, '_name', 'tensor')}:0' shape={self.shape} dtype={self.dtype.name}>"
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={self._values_repr()}>"

    def __str__(self) -> str:
        if self.is_symbolic:
            return repr(self)
        if self.is_traced or (standing and self._measures()):
            return f'Tensor("{getattr(self, "_name", "tensor")}:0", shape={self.shape}, dtype={self.dtype.name})'
        text = str(self.__array__())
        return f"tf.Tensor({chr(10) * (chr(10) in text)}{text}, shape={self.shape}, dtype={self.dtype.name})"

    def _measures(self) -> bool:
        """Whether it holds sizes that are not known, as `tf.shape(x)` does while Python is traced with numbers in their place."""
        return self._value.dtype.kind == "i" and self.size <= 16 and any(map(is_unknown, self._value.ravel().tolist()))

    def _values_repr(self) -> str:
        array = self.__array__()
        text = repr(array) if array.ndim else str(array.item())
        return "\n" + text if "\n" in text else text


class Reference:
    """What stands for a Tensor or Variable in dicts and sets; `deref` gives it back."""

    __slots__ = ("_of",)

    def __init__(self, of: Any):
        self._of = of

    def deref(self) -> Any:
        return self._of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and other._of is self._of

    def __hash__(self) -> int:
        return id(self._of)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._of!r}>"


jax.tree_util.register_pytree_node(Tensor, lambda t: ((t._value,), None), lambda _, children: wrap(children[0]))


def wrap(value: Any) -> Tensor:
    """A Tensor around a value that is already an operation's own result: no copy, no check."""
    tensor = Tensor.__new__(Tensor)
    tensor._value = value
    return tensor


def symbolic(shape: tuple[int | None, ...], dtype: Any, node: Any = None) -> Tensor:
    """A symbolic tensor that `node` will produce."""
    tensor = wrap(Spec(tuple(shape), dtypes.standardize(dtype).numpy))
    tensor._node = node
    return tensor


def own(value: Any, dtype: Any = None) -> Any:
    """The private value a Tensor keeps for what a user gave.

    NumPy memory is copied here, on the host: JAX may alias it or read it after this call returns.
    """
    wanted = None if dtype is None else dtypes.standardize(dtype).numpy
    if type(value) in (float, int):  # the quick way for the most common
        return place(_to_numpy(value, wanted))
    if isinstance(value, Tensor):
        value = value._value
        if type(value) is Spec:
            raise UntraceableError("A symbolic tensor has no values to make a tensor of.")
    elif hasattr(value, "__hornbeam_tensor__"):
        value = value.__hornbeam_tensor__()._value
    if isinstance(value, jax.Array):
        if wanted is None or value.dtype == wanted:
            return value
        with jax.enable_x64(True):
            return value.astype(wanted)
    return place(_to_numpy(value, wanted))


def place(array: np.ndarray) -> Any:
    """Freeze a NumPy array that is ours alone, and move it to the device when it is too large for host arithmetic."""
    if array.nbytes > HOST_BYTES and array.dtype != object:
        with jax.enable_x64(True), jax.ensure_compile_time_eval():  # a value, also while a program is being traced
            return jax.device_put(array)
    array.flags.writeable = False
    return array


def _to_numpy(value: Any, wanted: np.dtype | None) -> np.ndarray:
    if type(value) is np.ndarray and value.nbytes > HOST_BYTES and _of_numbers(value.dtype) and (wanted is None or _of_numbers(wanted)):
        dtypes.standardize(wanted or value.dtype)
        return aligned_copy(value, wanted)
    if type(value) in (float, int) or isinstance(value, (bool, int, float, complex)) and not isinstance(value, np.generic):
        try:
            return np.array(value, wanted or python_dtype(value))
        except OverflowError:
            raise ConversionError(f"The number {value} does not fit in {wanted or 'int64'}.") from None
    if isinstance(value, (str, bytes)) or type(value) in (list, tuple) and value and all(isinstance(v, (str, bytes)) for v in value):
        if wanted is not None and wanted.kind != "O":
            raise ConversionError(f"Cannot convert {value!r:.80} to a tensor of dtype {dtypes.standardize(wanted)}.")
        return _bytes_array(value)
    if hasattr(value, "__hornbeam_composite__"):
        raise CompositeError(value)
    if type(value).__module__.startswith("torch"):
        value = value.detach().cpu().numpy()
    if isinstance(value, (list, tuple)) and _has_tensors(value):
        value = np.stack([_to_numpy(each._value if isinstance(each, Tensor) else each, None) for each in value])
    try:
        array = np.array(value)  # always a copy
    except ValueError as error:
        raise ShapeError(f"A tensor's rows must have one length; these do not ({error}).") from None
    if array.dtype == object and wanted is None:
        if all(isinstance(each, (str, bytes)) for each in array.ravel()):
            wanted = dtypes.NUMPY["string"]
        else:
            if (inside := next((each for each in array.flat if hasattr(each, "__hornbeam_composite__")), None)) is not None:
                raise CompositeError(inside)
            raise ConversionError(f"A {type(value).__name__} of mixed or unknown Python objects cannot become a tensor.")
    if array.dtype.kind in "US" and isinstance(value, (list, tuple)) and not _strings_alone(value):
        raise ConversionError("Strings and numbers in one list cannot become a tensor.")
    if array.dtype.kind in "USOT":
        if wanted is not None and wanted.kind != "O":
            raise ConversionError(f"Cannot convert {value!r:.80} to a tensor of dtype {dtypes.standardize(wanted)}.")
        return _byte_strings(value, array)
    if wanted is not None and wanted.kind == "O":
        raise ConversionError(f"Cannot convert {value!r:.80} to a tensor of dtype string. tf.strings.as_string writes numbers as strings.")
    if wanted is None:
        wanted = array.dtype
        if not isinstance(value, (np.ndarray, np.generic)) and not hasattr(value, "__array__") and not _has_numpy(value):
            wanted = _python_default(array)
    dtypes.standardize(wanted)
    return array.astype(wanted, copy=False)


def _of_numbers(dtype: np.dtype) -> bool:
    return dtype.kind in "biufcV" and dtype.isnative


def _strings_alone(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_strings_alone(each) for each in value)
    return isinstance(value, (str, bytes)) or getattr(value, "dtype", np.dtype(int)).kind in "USOT"


def _bytes_array(value: Any) -> np.ndarray:
    """A string or a flat list of strings, without a NumPy array between whose every element is as wide as the longest."""
    several = isinstance(value, (list, tuple))
    out = np.empty(len(value) if several else (), object)
    if several:
        out[:] = [each.encode() if isinstance(each, str) else bytes(each) for each in value]
    else:
        out[()] = value.encode() if isinstance(value, str) else bytes(value)
    return out


def _byte_strings(value: Any, array: np.ndarray) -> np.ndarray:
    """The strings of `value` as an object array of bytes; `array` is what NumPy makes of it."""
    if array.dtype.kind in "US" and not isinstance(value, (np.ndarray, np.generic)):
        array = np.array(value, object)  # NumPy's arrays of bytes drop zeros at the end of each
    out = np.empty(array.size, object)
    for i, each in enumerate(array.ravel()):
        if type(each) is not bytes:
            if not isinstance(each, (str, bytes)):
                raise DtypeError(f"A string tensor is made of strings; {each!r} ({type(each).__name__}) is among these.")
            each = each.encode() if isinstance(each, str) else bytes(each)
        out[i] = each
    return out.reshape(array.shape)


def _has_tensors(value: Any) -> bool:
    for each in value:
        if type(each) in _PLAIN:
            continue
        if is_tensor(each) or (isinstance(each, (list, tuple)) and _has_tensors(each)):
            return True
    return False


_PLAIN = frozenset((float, int, bool, str, bytes))


def _has_numpy(value: Any) -> bool:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (np.ndarray, np.generic))


def _python_default(array: np.ndarray) -> np.dtype:
    """Python floats are floatx, Python ints int32 unless a value needs 64 bits."""
    if array.dtype.kind == "f":
        return dtypes.NUMPY[dtypes.floatx()]
    if array.dtype.kind == "i" and (not array.size or (array.min() >= -(2**31) and array.max() < 2**31)):
        return dtypes.NUMPY["int32"]
    if array.dtype.kind == "c":
        return dtypes.NUMPY["complex64" if dtypes.floatx() != "float64" else "complex128"]
    return array.dtype


def python_dtype(value: bool | int | float | complex) -> np.dtype:
    """The type a Python number takes when nothing else decides."""
    if isinstance(value, bool):
        return dtypes.NUMPY["bool"]
    if isinstance(value, int):
        return dtypes.NUMPY["int32" if -(2**31) <= value < 2**31 else "int64"]
    return dtypes.NUMPY[dtypes.floatx() if isinstance(value, float) else "complex64"]


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor or a Variable."""
    return isinstance(x, Tensor) or hasattr(x, "__hornbeam_tensor__")


def as_tensor(value: Any, dtype: Any = None) -> Tensor:
    """`value` as a Tensor: itself when it is one (of that dtype), a Variable's current value, a copy of anything else."""
    if type(value) in (float, int):
        return wrap(own(value, dtype))
    if isinstance(value, Tensor):
        if dtype is None or type(value._value) is Spec or value._value.dtype == dtypes.standardize(dtype).numpy:
            return value
    elif hasattr(value, "__hornbeam_tensor__"):
        return as_tensor(value.__hornbeam_tensor__(), dtype)
    elif isinstance(value, (list, tuple)) and _has_tensors(value):
        from hornbeam.engine.door import cast, pack  # the door knows tensors, so this one step goes back up at call time

        return pack(value) if dtype is None else cast(pack(value), dtype)
    return Tensor(value, dtype)
