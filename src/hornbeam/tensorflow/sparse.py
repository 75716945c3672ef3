"""`tf.sparse`."""

from hornbeam.engine.missing import missing
from hornbeam.ops.composite.sparse import SparseTensor
from hornbeam.ops.composite.sparse_functions import (
    add,
    bincount,
    concat,
    cross,
    expand_dims,
    eye,
    fill_empty_rows,
    from_dense,
    map_values,
    maximum,
    minimum,
    reduce_max,
    reduce_sum,
    reorder,
    reset_shape,
    reshape,
    retain,
    segment_mean,
    segment_sqrt_n,
    segment_sum,
    slice,
    softmax,
    sparse_dense_matmul,
    split,
    to_dense,
    to_indicator,
    transpose,
)

__all__ = [
    "SparseTensor", "add", "bincount", "concat", "cross", "expand_dims", "eye", "fill_empty_rows", "from_dense", "map_values", "maximum",
    "minimum", "reduce_max", "reduce_sum", "reorder", "reset_shape", "reshape", "retain", "segment_mean", "segment_sqrt_n", "segment_sum",
    "slice", "softmax", "sparse_dense_matmul", "split", "to_dense", "to_indicator", "transpose",
]  # fmt: skip
__getattr__ = missing(__name__)
