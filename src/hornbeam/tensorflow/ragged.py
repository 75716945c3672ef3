"""`tf.ragged`."""

from hornbeam.engine.missing import missing
from hornbeam.ops.composite.ragged_functions import (
    boolean_mask,
    constant,
    cross,
    map_flat_values,
    range,
    row_splits_to_segment_ids,
    segment_ids_to_row_splits,
    stack,
    stack_dynamic_partitions,
)

__all__ = [
    "boolean_mask", "constant", "cross", "map_flat_values", "range", "row_splits_to_segment_ids", "segment_ids_to_row_splits", "stack",
    "stack_dynamic_partitions",
]  # fmt: skip
__getattr__ = missing(__name__)
