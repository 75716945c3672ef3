"""`tf.dtypes`. Names only."""

from hornbeam.engine.dtypes import NUMPY as _NUMPY
from hornbeam.engine.dtypes import DType, standardize
from hornbeam.engine.missing import missing
from hornbeam.ops.tf.mathematics import complex
from hornbeam.ops.tf.tensors import as_dtype, cast, saturate_cast

globals().update({name: standardize(name) for name in _NUMPY})
half, double = standardize("float16"), standardize("float64")
__all__ = ["DType", "as_dtype", "cast", "complex", "double", "half", "saturate_cast", *_NUMPY]
__getattr__ = missing(__name__)
