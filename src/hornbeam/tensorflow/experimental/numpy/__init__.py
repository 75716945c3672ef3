"""`tf.experimental.numpy`: Keras's numpy operations with NumPy's types. Names only."""

import numpy as _np

from hornbeam.engine.missing import lazily
from hornbeam.engine.tensor import Tensor as ndarray
from hornbeam.ops.tf.numpy_style import (
    arange,
    argmax,
    argmin,
    argsort,
    array,
    asarray,
    eye,
    full,
    identity,
    in_numpys_style,
    linspace,
    ones,
    result_type,
    where,
    zeros,
)
from hornbeam.ops.tf.numpy_style import enable as experimental_enable_numpy_behavior

# Operations of Keras under the same name.
_ROWS = """
    abs absolute add all allclose amax amin angle any append arccos arccosh arcsin arcsinh arctan arctan2 arctanh average bitwise_and
    bitwise_not bitwise_or bitwise_xor broadcast_to cbrt ceil clip concatenate conj conjugate copy cos cosh count_nonzero cross cumprod
    cumsum deg2rad diag diagflat diagonal diff divide dot dsplit dstack equal exp exp2 expand_dims expm1 fabs flip fliplr flipud floor
    floor_divide full_like gcd greater greater_equal heaviside hsplit hstack hypot imag inner isclose isfinite isinf isnan isneginf isposinf
    isreal kron lcm less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor matmul max
    maximum mean min minimum mod moveaxis multiply nanmean nanprod nansum negative nextafter not_equal ones_like outer pad positive power
    prod ptp rad2deg ravel real reciprocal repeat reshape roll rot90 round sign signbit sin sinc sinh sort split sqrt square squeeze stack
    std subtract sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose tril triu true_divide var vdot vsplit vstack
    zeros_like
"""
globals().update({name: in_numpys_style(name) for name in _ROWS.split()})
globals().update({name: getattr(_np, name) for name in (
    "bool_", "complex64", "complex128", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "e", "pi", "inf", "newaxis", "finfo", "iinfo", "issubdtype",
)})  # fmt: skip
asanyarray = ascontiguousarray = asarray
around, remainder, int_, float_ = in_numpys_style("round"), in_numpys_style("mod"), _np.int64, _np.float64
__all__ = [
    "arange", "argmax", "argmin", "argsort", "array", "asarray", "experimental_enable_numpy_behavior", "eye", "full", "identity",
    "linspace", "ndarray", "ones", "result_type", "where", "zeros",
]  # fmt: skip
__getattr__, __dir__ = lazily(__name__, {}, ("random",))
