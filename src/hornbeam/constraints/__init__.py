"""Where weights are moved to after each step."""

from hornbeam.constraints.projections import (
    Constraint,
    MaxNorm,
    MinMaxNorm,
    NonNeg,
    UnitNorm,
    deserialize,
    get,
    serialize,
)
from hornbeam.constraints.projections import MaxNorm as max_norm
from hornbeam.constraints.projections import MinMaxNorm as min_max_norm
from hornbeam.constraints.projections import NonNeg as non_neg
from hornbeam.constraints.projections import UnitNorm as unit_norm
