"""Operations of a functional model (`x * 2`, `ops.concatenate`) in its configuration, as Keras writes them where Keras has them.

Keras gives each operation a class, `Multiply` for `multiply`; what is fixed when the graph is made is its configuration, and operands
are arguments of its calls. Operations without such a class are written in a form of Hornbeam's own, `{"module": "hornbeam.ops"}`.
Either way a file only names operations of a closed list.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import numpy as np

from hornbeam import activations, losses, ops
from hornbeam.engine.door import Bound, Op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.graph import Node
from hornbeam.ops.sized import SIZED, Sized

# The operations that have a class in Keras, by the module it is in. (A fact of Keras 3.15.)
_IN_KERAS = {
    "numpy": """absolute add all allclose angle any arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort average
        bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor cbrt ceil clip concatenate conjugate copy
        corrcoef cos cosh count_nonzero cumprod cumsum deg2rad diagflat diagonal diff divide divide_no_nan dot equal exp exp2 expand_dims
        expm1 fabs flip fliplr flipud floor floor_divide fmax fmin fmod gcd get_item greater greater_equal heaviside histogram hypot i0
        imag inner isfinite isin isinf isnan isneginf isposinf isreal kron lcm ldexp less less_equal log log10 log1p log2 logaddexp
        logaddexp2 logical_and logical_not logical_or logical_xor matmul max maximum mean median meshgrid min minimum mod moveaxis
        multiply nan_to_num nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar
        negative nextafter not_equal outer pad percentile power prod ptp quantile rad2deg ravel real reciprocal repeat reshape roll
        rot90 round sign signbit sin sinc sinh slogdet sort split sqrt square squeeze stack std subtract sum swapaxes take tan tanh
        tensordot tile trace transpose trapezoid tril triu trunc var vdot where""",
    "nn": """celu elu gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid log_softmax normalize one_hot polar
        relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus
        tanh_shrink""",
    "math": "cdist erf erfc erfinv logdet logsumexp rfft rsqrt view_as_complex view_as_real",
    "linalg": "cholesky cholesky_inverse det eig eigh inv lu_factor matrix_rank norm pinv qr solve solve_triangular svd",
    "core": "cast scatter_update slice_update stop_gradient",
}
_MODULE = {name: module for module, names in _IN_KERAS.items() for name in names.split()}
_IRREGULAR = {"allclose": "AllClose", "isin": "IsIn", "cdist": "CDist", "rfft": "RFFT", "svd": "SVD"}
_ARGUMENT = {"reshape": {"shape": "newshape"}, "split": {"sections": "indices_or_sections"}}  # ours -> Keras's
_PUBLIC = {"truedivide": "divide", "amax": "max", "amin": "min", "bitwiseinvert": "bitwise_not", "leftshift": "bitwise_left_shift",
           "rightshift": "bitwise_right_shift"}  # fmt: skip


def describe(node: Node, name: str) -> tuple[dict[str, Any], list[Any]]:
    """An operation's entry in a configuration, and the arguments of its call, symbolic tensors still among them."""
    if isinstance(node.operation, Sized):
        return {"module": "hornbeam.ops", "class_name": node.operation.key, "config": {}, "registered_name": "op"}, list(node.args)
    bound: Bound = node.operation
    if not isinstance(bound, Bound):
        raise ArgumentError(f"'{bound.name}' is an Operation of one's own, which no file can hold: write it as a Layer.")
    given, args = {key: _plain(value) for key, value in bound.given.items()}, list(node.args)
    if bound.op.operands < 0:
        args = [args]
    kind = bound.op.name.lstrip("_")
    known = _known(bound.op.name)
    if known is None or known.function is not bound.op.function:
        raise ArgumentError(f"The operation '{bound.op.name}' in the model's graph cannot be saved: put it in a Layer's `call`.")
    if kind == "integer_power":
        kind, args, given = "power", [*args, given["exponent"]], {}
    elif kind == "get_item" and len(node.args) == 1:
        args, given = [node.args[0], [_key(part) for part in bound.given["template"]]], {}
    elif kind == "clip" and not any(getattr(each, "is_symbolic", False) for each in args[1:]):
        args, given = args[:1], {"x_min": _plain(args[1]), "x_max": _plain(args[2])}
    elif kind == "meshgrid":
        (args,) = args
    elif kind == "slice_update":
        args = [args[0][i] for i in (0, 2, 1)]
    elif kind == "pad" and given.get("value") is None:
        given.pop("value", None)
    if kind in _MODULE and not (kind in ("get_item", "pad") and ("template" in given or "value" in given)):
        cls = _IRREGULAR.get(kind) or "".join(word[:1].upper() + word[1:] for word in kind.split("_"))
        renamed = {_ARGUMENT.get(kind, {}).get(key, key): value for key, value in given.items()}
        entry = {"module": f"keras.src.ops.{_MODULE[kind]}", "class_name": cls, "config": {"name": name, **renamed}, "registered_name": cls}
        return entry, args
    return {"module": "hornbeam.ops", "class_name": bound.op.name, "config": given, "registered_name": "op"}, args


def rebuild(entry: dict[str, Any]) -> Callable[..., Any] | None:
    """The function that an entry describes, to be called with the arguments of each call; None when it is no operation."""
    module, name = str(entry.get("module") or ""), str(entry["class_name"])
    if entry.get("registered_name") == "op":
        row: Any = _known(name)
        if row is None:
            raise ArgumentError(f"The model's configuration names the operation {name!r}, which Hornbeam does not have.")
        return lambda *args, **kwargs: row(*args, **entry["config"], **kwargs)
    if not module.startswith(("keras.src.ops.", "keras.ops")):
        return None
    folded = name.lower()
    function = _public().get(_PUBLIC.get(folded, folded).replace("_", ""))
    if function is None:
        raise ArgumentError(f"The model uses Keras's operation '{name}', which Hornbeam does not have (yet).")
    takes = inspect.signature(function).parameters
    fixed = {key: value for key, value in entry.get("config", {}).items() if key in takes and key != "name"}
    if folded == "getitem":
        return lambda x, key: function(x, _to_key(key))
    if any(each.kind is each.VAR_POSITIONAL for each in takes.values()):
        return lambda *args: function(*args, **fixed)
    free = [each for each in takes if each not in fixed]
    return lambda *args, **kwargs: function(**dict(zip(free, args, strict=False)), **{**fixed, **kwargs})


def _known(name: str) -> Any:
    """The operation of a name, which the module that makes it may have to be imported for."""
    if name not in Op.by_name and name not in SIZED:
        _import_all()
    return Op.by_name.get(name) or SIZED.get(name)


@functools.cache
def _import_all() -> None:
    for package in (ops, activations, losses):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(each.name)


def _public() -> dict[str, Callable[..., Any]]:
    """Every public function of `ops`, by its name in one word, as a class name folds to it."""
    return {
        name.replace("_", ""): value
        for name, value in vars(ops).items()
        if name[0] != "_" and callable(value) and not inspect.isclass(value) and not inspect.ismodule(value)
    } | {"getitem": lambda x, key: x[key]}


def _key(part: tuple) -> Any:
    """One part of an index template as Keras writes an index."""
    if part[0] == "new":
        return None
    if part[0] == "int":
        return part[1]
    return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), part[1:], strict=True))}


def _to_key(key: Any) -> Any:
    if isinstance(key, dict) and key.get("class_name") == "__slice__":
        return slice(*(key["config"][name] for name in ("start", "stop", "step")))
    if isinstance(key, dict) and key.get("class_name") == "__ellipsis__":
        return Ellipsis
    return tuple(_to_key(each) for each in key) if isinstance(key, list) else key


def _plain(value: Any) -> Any:
    if hasattr(value, "numpy") and not isinstance(value, str):
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (np.dtype, type)):
        return str(np.dtype(value))
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
