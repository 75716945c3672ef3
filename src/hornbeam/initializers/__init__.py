"""How new weights are filled."""

from hornbeam.initializers.base import Initializer, deserialize, get, serialize
from hornbeam.initializers.constant import Constant, Identity, IdentityInitializer, Ones, Zeros
from hornbeam.initializers.constant import Constant as constant
from hornbeam.initializers.constant import Identity as identity
from hornbeam.initializers.constant import Ones as ones
from hornbeam.initializers.constant import Zeros as zeros
from hornbeam.initializers.fourier import STFT, STFTInitializer
from hornbeam.initializers.fourier import STFT as stft
from hornbeam.initializers.random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    OrthogonalInitializer,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from hornbeam.initializers.random import GlorotNormal as glorot_normal
from hornbeam.initializers.random import GlorotUniform as glorot_uniform
from hornbeam.initializers.random import HeNormal as he_normal
from hornbeam.initializers.random import HeUniform as he_uniform
from hornbeam.initializers.random import LecunNormal as lecun_normal
from hornbeam.initializers.random import LecunUniform as lecun_uniform
from hornbeam.initializers.random import Orthogonal as orthogonal
from hornbeam.initializers.random import RandomNormal as random_normal
from hornbeam.initializers.random import RandomUniform as random_uniform
from hornbeam.initializers.random import TruncatedNormal as truncated_normal
from hornbeam.initializers.random import VarianceScaling as variance_scaling
