"""Penalties on weights."""

from hornbeam.regularizers.penalties import (
    L1,
    L1L2,
    L2,
    OrthogonalRegularizer,
    Regularizer,
    deserialize,
    get,
    serialize,
)
from hornbeam.regularizers.penalties import L1 as l1
from hornbeam.regularizers.penalties import L1L2 as l1_l2
from hornbeam.regularizers.penalties import L2 as l2
from hornbeam.regularizers.penalties import OrthogonalRegularizer as orthogonal_regularizer
