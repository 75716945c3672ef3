"""Mixed precision: compute in a half type, keep weights in float32. Names only."""

from hornbeam.engine.dtypes import DTypePolicy, dtype_policy, set_dtype_policy
from hornbeam.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = ["DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy", "set_dtype_policy", "set_global_policy"]
