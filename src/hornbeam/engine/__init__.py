"""What everything stands on: tensors, variables, the door operations pass, lifted state, tapes, compiled functions."""

from hornbeam.engine import devices as _devices

_devices.configure()

from hornbeam.engine import graph as _graph  # noqa: E402 (connects the door to the symbolic graph)
from hornbeam.engine.door import Op, cast, op  # noqa: E402
from hornbeam.engine.dtypes import DType, DTypePolicy, floatx, set_floatx  # noqa: E402
from hornbeam.engine.function import TensorSpec, function  # noqa: E402
from hornbeam.engine.pure import Lifted, Scope  # noqa: E402
from hornbeam.engine.rng import SeedGenerator, set_random_seed  # noqa: E402
from hornbeam.engine.tape import GradientTape  # noqa: E402
from hornbeam.engine.tensor import Tensor, as_tensor, is_tensor  # noqa: E402
from hornbeam.engine.variable import Variable  # noqa: E402

__all__ = [
    "DType", "DTypePolicy", "GradientTape", "Lifted", "Op", "Scope", "SeedGenerator", "Tensor", "TensorSpec", "Variable",
    "as_tensor", "cast", "floatx", "function", "is_tensor", "op", "set_floatx", "set_random_seed",
]
