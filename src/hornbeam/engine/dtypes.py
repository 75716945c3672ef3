"""Number types: their names, how they combine, and the policies that say which a layer stores and which it computes in."""

from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np

from hornbeam.engine import manners
from hornbeam.engine.errors import ArgumentError, ConversionError, DtypeError, unknown
from hornbeam.engine.patterns import PatternMap

_NAMES = [
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
    "complex64", "complex128", "string",
]  # fmt: skip
_EXTRA = {"bfloat16": ml_dtypes.bfloat16, "string": np.object_}


# The numbers by which TensorFlow's files name types (a fact of its `types.proto`).
_ENUM = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, "string": 7, "complex64": 8, "int64": 9, "bool": 10,
    "bfloat16": 14, "uint16": 17, "complex128": 18, "float16": 19, "uint32": 22, "uint64": 23,
}  # fmt: skip


_HERE = frozenset({__name__, manners.__name__, "hornbeam.ops.autograph.dispatch"})  # by way of which a converted function prints


class DType(str):
    """A number type. Equal to its name, so `x.dtype == 'float32'` holds, and accepted wherever NumPy takes a dtype.

    It prints as its name, and in a TensorFlow program as TensorFlow prints it: `<dtype: 'float32'>`.
    """

    __slots__ = ("numpy",)
    by_name: dict[str, "DType"] = {}
    numpy: np.dtype

    @property
    def name(self) -> str:
        return str.__str__(self)

    @property
    def as_numpy_dtype(self) -> Any:
        return object if self == "string" else self.numpy.type

    @property
    def as_datatype_enum(self) -> int:
        return _ENUM[self.name]

    @property
    def base_dtype(self) -> "DType":
        return self

    @property
    def real_dtype(self) -> "DType":
        return DType.by_name[{"complex64": "float32", "complex128": "float64"}.get(self.name, self.name)]

    @property
    def is_floating(self) -> bool:
        return is_float(self.numpy)

    @property
    def is_integer(self) -> bool:
        return self.numpy.kind in "iu"

    @property
    def is_unsigned(self) -> bool:
        return self.numpy.kind == "u"

    @property
    def is_complex(self) -> bool:
        return self.numpy.kind == "c"

    @property
    def is_bool(self) -> bool:
        return self.numpy.kind == "b"

    is_quantized = False
    is_numpy_compatible = True

    @property
    def size(self) -> int:
        return self.numpy.itemsize

    @property
    def min(self) -> Any:
        """The least number of this type."""
        return _limits(self).min

    @property
    def max(self) -> Any:
        """The largest number of this type."""
        return _limits(self).max

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of values that pictures of this type have: 0 to the largest integer, or 0 to 1 for floats."""
        return (0, 1) if self.is_floating or self.is_bool else (0, int(self.max))

    def is_compatible_with(self, other: Any) -> bool:
        return self == standardize(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return str.__eq__(self, other)
        return isinstance(other, (type, np.dtype)) and other is not object and _FROM_NUMPY.get(_numpy_or_none(other)) is self  # type: ignore[arg-type]

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>" if manners.asked(_HERE) else self.name

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __reduce__(self):
        return standardize, (self.name,)


def _limits(dtype: DType) -> Any:
    if dtype.is_integer:
        return np.iinfo(dtype.numpy)
    if not dtype.is_floating:
        raise DtypeError(f"The type {dtype.name} has no least or largest value.")
    return ml_dtypes.finfo(dtype.numpy)


def _numpy_or_none(dtype: Any) -> np.dtype | None:
    try:
        return np.dtype(dtype)
    except TypeError:
        return None


DType.by_name = {name: DType(name) for name in _NAMES}
NUMPY: dict[str, np.dtype] = {name: np.dtype(_EXTRA.get(name, name)) for name in _NAMES}
for _name, _dtype in DType.by_name.items():
    _dtype.numpy = NUMPY[_name]
_FROM_NUMPY: dict[np.dtype, DType] = {dtype: DType.by_name[name] for name, dtype in NUMPY.items()}


def of(value: Any) -> DType:
    """The type of an array (NumPy's, JAX's or a tracer)."""
    return _FROM_NUMPY.get(value.dtype) or standardize(value.dtype)


_SHORT = {"float": "float32", "int": "int32", "half": "float16", "double": "float64"}


def standardize(dtype: Any) -> DType:
    """The `DType` that a name, a NumPy or JAX dtype, a Python type or None (the default float) means."""
    if dtype is None:
        return DType.by_name[_settings.floatx]
    if type(dtype) is DType:
        return dtype
    if isinstance(dtype, np.dtype) and dtype in _FROM_NUMPY:
        return _FROM_NUMPY[dtype]
    if isinstance(dtype, str):
        found = DType.by_name.get(_SHORT.get(dtype, dtype))
        if found is None:
            raise ConversionError(str(unknown("dtype", dtype, _NAMES)))
        return found
    if dtype is float:
        return DType.by_name[_settings.floatx]
    if dtype is int or dtype is bool or dtype is str:  # `is`: numpy says that dtype("int64") == int
        return DType.by_name[{int: "int32", bool: "bool", str: "string"}[dtype]]
    try:
        numpy_dtype = np.dtype(dtype)
    except TypeError:
        if hasattr(dtype, "name"):
            return standardize(dtype.name)
        name = str(dtype).rpartition(".")[2]  # torch.float32 and its kin
        return standardize(name)
    if numpy_dtype in _FROM_NUMPY:
        return _FROM_NUMPY[numpy_dtype]
    if numpy_dtype.kind in "USOT":
        return DType.by_name["string"]
    raise ArgumentError(f"Arrays of type {numpy_dtype} cannot become tensors. Known types: {', '.join(_NAMES)}.")


def from_enum(number: int) -> DType:
    """The type that TensorFlow's files mean by this number."""
    for name, each in _ENUM.items():
        if each == number:
            return DType.by_name[name]
    raise ConversionError(f"There is no type of the number {number}.")


def is_float(dtype: np.dtype) -> bool:
    return dtype.kind == "f" or dtype == ml_dtypes.bfloat16


_promoted: dict[tuple[np.dtype, np.dtype], np.dtype] = {}


def promote(a: np.dtype, b: np.dtype) -> np.dtype:
    """The type in which an operand of type `a` and one of type `b` meet: JAX's lattice, with 64 bits real."""
    if a == b:
        return a
    found = _promoted.get((a, b))
    if found is None:
        with jax.enable_x64(True):
            found = _promoted[a, b] = np.dtype(jnp.promote_types(a, b))
    return found


class _Settings:
    floatx = "float32"
    epsilon = 1e-7
    policy: "DTypePolicy"


_settings = _Settings()


def floatx() -> str:
    """The default floating type, 'float32' unless changed."""
    return _settings.floatx


def set_floatx(value: str) -> None:
    """Change the default floating type: 'float16', 'bfloat16', 'float32' or 'float64'."""
    if not standardize(value).is_floating:
        raise ArgumentError(f"floatx is 'float16', 'bfloat16', 'float32' or 'float64'; received {value!r}.")
    _settings.floatx = standardize(value).name
    _settings.policy = DTypePolicy(_settings.floatx)


def epsilon() -> float:
    """The fuzz factor that numeric guards use, 1e-7 unless changed."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    _settings.epsilon = float(value)


class DTypePolicy:
    """Which type a layer stores its weights in and which it computes in.

    Args:
        name: a type ('float32'), or 'mixed_float16' / 'mixed_bfloat16': compute in the half type, keep weights in float32.
    """

    quantization_mode: str | None = None  # the way in which a layer's weights are kept in fewer bits

    def __init__(self, name: str | None = None):
        name = getattr(name, "name", None) or str(name or _settings.floatx)
        if name.startswith("mixed_"):
            compute = standardize(name[len("mixed_") :])
            if compute not in ("float16", "bfloat16"):
                raise unknown("dtype policy", name, ["mixed_float16", "mixed_bfloat16", *_NAMES])
            self.compute_dtype, self.variable_dtype = compute.name, "float32"
        else:
            self.compute_dtype = self.variable_dtype = standardize(name).name
        self.name = name

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "DTypePolicy":
        return cls(**config)


FloatDTypePolicy = DTypePolicy  # Keras's other name for it


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a layer whose weights are kept in fewer bits: 'int8_from_float32', 'int8_from_mixed_bfloat16'.

    Args:
        mode: 'int8', 'int4', 'float8', 'gptq' or 'awq'.
        source_name: the policy of everything else; the global policy by default.
    """

    _modes: tuple[str, ...] = ("int8", "float8", "int4", "gptq", "awq")
    _parts: tuple[str, ...] = ()  # the attributes whose values follow the mode, after slashes

    def __init__(self, mode: str, source_name: str | None = None):
        kind, *parts = mode.split("/")
        if kind not in self._modes:
            raise unknown("quantization mode", mode, self._modes)
        try:
            values = [int(part) for part in parts]
        except ValueError:
            values = []
        if len(values) != len(self._parts):
            form = "/".join([kind, *map("<{}>".format, self._parts)])
            raise ArgumentError(f"The mode of {type(self).__name__} is '{form}'; received {mode!r}.")
        for name, value in zip(self._parts, values, strict=True):
            self._check(name, value, mode)
            setattr(self, name, value)
        super().__init__(source_name or _settings.policy.name)
        if kind == "int8" and self.compute_dtype == "float16":
            raise ArgumentError("The mode 'int8' computes in float32 or bfloat16: float16 overflows.")
        self.quantization_mode, self.source_name, self._mode = kind, self.name, mode
        self.name = f"{mode}_from_{self.source_name}"

    def _check(self, name: str, value: int, mode: str) -> None:
        bits = (4,) if mode.startswith("awq") else (2, 3, 4, 8)
        if value not in bits if name == "weight_bits" else value < -1 or not value:
            allowed = ", ".join(map(str, bits)) if name == "weight_bits" else "-1 or a positive number"
            raise ArgumentError(f"The mode {mode!r} has {name} {value}; allowed is {allowed}.")

    def __repr__(self) -> str:
        return f'<{type(self).__name__} "{self.name}">'

    def get_config(self) -> dict[str, Any]:
        return {"mode": self._mode, "source_name": self.source_name}


class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer whose products are of eight-bit floats.

    Args:
        mode: 'float8'. amax_history_length: over how many steps the largest numbers are remembered.
    """

    default_amax_history_length = 1024

    def __init__(self, mode: str, source_name: str | None = None, amax_history_length: int = 1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise DtypeError(f"`amax_history_length` is a whole number; received {amax_history_length!r}.")
        self.amax_history_length = amax_history_length

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


class Int4DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer whose weights have four bits: mode 'int4/<block_size>', -1 for a scale for each output."""

    _modes, _parts = ("int4",), ("block_size",)


class GPTQDTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer that GPTQ has quantized: mode 'gptq/<weight_bits>/<group_size>'."""

    _modes, _parts = ("gptq",), ("weight_bits", "group_size")


class AWQDTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer that AWQ has quantized: mode 'awq/4/<group_size>'."""

    _modes, _parts = ("awq",), ("weight_bits", "group_size")


class DTypePolicyMap(PatternMap, DTypePolicy):
    """Policies by the path of a layer: itself, or a regular expression that the whole path matches.

    As a layer's `dtype` it is the default policy, and those layers inside that are given it find their own by `for_path`.

    Args:
        default_policy: for paths that no key fits; the global policy by default.
        policy_map: policies by path or expression.
    """

    def __init__(self, default_policy: Any = None, policy_map: dict[str, Any] | None = None):
        self._given = None if default_policy is None else as_policy(default_policy)
        PatternMap.__init__(self)
        for path, policy in (policy_map or {}).items():
            self[path] = as_policy(policy)

    @property
    def default_policy(self) -> DTypePolicy:
        return self._given or _settings.policy

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:  # type: ignore[override]
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:  # type: ignore[override]
        return self.default_policy.variable_dtype

    def _default(self) -> DTypePolicy:
        return self.default_policy

    for_path = PatternMap.__getitem__

    def __setitem__(self, path: str, policy: DTypePolicy) -> None:
        if not isinstance(policy, DTypePolicy):
            raise ArgumentError(f"A DTypePolicyMap holds DTypePolicy objects; received {policy!r}. Write DTypePolicy({policy!r}).")
        super().__setitem__(path, policy)

    def __repr__(self) -> str:
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={[(k, v.name) for k, v in self._map.items()]}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and (self._given, self._map) == (other._given, other._map)

    def __hash__(self) -> int:
        return id(self)

    def get_config(self) -> dict[str, Any]:
        return {"default_policy": None if self._given is None else config_of(self._given),
                "policy_map": {path: config_of(policy) for path, policy in self._map.items()}}


_KINDS: tuple[type[DTypePolicy], ...] = (
    DTypePolicyMap, QuantizedFloat8DTypePolicy, Int4DTypePolicy, GPTQDTypePolicy, AWQDTypePolicy, QuantizedDTypePolicy, DTypePolicy
)  # fmt: skip
POLICIES = tuple(each.__name__ for each in _KINDS)  # the classes that configurations name


def config_of(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """A policy as configurations hold it."""
    kind = next(each.__name__ for each in _KINDS if isinstance(dtype_policy, each))
    module = "keras.dtype_policies" if isinstance(dtype_policy, QuantizedDTypePolicy) else "keras"
    return {"module": module, "class_name": kind, "config": dtype_policy.get_config(), "registered_name": None}


def from_config(config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> DTypePolicy:
    """The policy that `config_of` wrote, or of a class of one's own among `custom_objects`."""
    own = (custom_objects or {}).get(config.get("class_name", ""))
    return as_policy(config) if own is None else own.from_config(config["config"])


_settings.policy = DTypePolicy("float32")


def dtype_policy() -> DTypePolicy:
    """The policy new layers take."""
    return _settings.policy


def set_dtype_policy(policy: "str | DTypePolicy") -> None:
    """Set the policy new layers take: `set_dtype_policy('mixed_bfloat16')`."""
    _settings.policy = as_policy(policy)


def as_policy(identifier: Any) -> DTypePolicy:
    """The policy meant by None (the global one), a name, a config dict or a policy."""
    if identifier is None:
        return _settings.policy
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        kind = next((each for each in _KINDS if each.__name__ == identifier.get("class_name")), DTypePolicy)
        return kind(**identifier.get("config", identifier))
    if isinstance(identifier, str) and identifier.startswith(QuantizedDTypePolicy._modes) and "_from_" in identifier:
        mode, _, source = identifier.partition("_from_")
        kinds = {"float8": QuantizedFloat8DTypePolicy, "gptq": GPTQDTypePolicy, "awq": AWQDTypePolicy}
        return kinds.get(mode.split("/")[0], Int4DTypePolicy if "/" in mode else QuantizedDTypePolicy)(mode, source)
    try:
        return DTypePolicy(identifier if isinstance(identifier, str) and identifier.startswith("mixed_") else standardize(identifier))
    except ArgumentError as error:
        error.args = (f"`dtype` is a type such as 'float32' or a policy such as 'mixed_bfloat16'; received {identifier!r}. {error}",)
        raise
