"""Images of another size."""

import numpy as np
import pytest

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import as_tensor
from hornbeam.ops.image.sizes import resize


def test_a_size_of_tensors_is_packed_as_whole_numbers():
    image = np.zeros((4, 6, 1), "float32")
    assert resize(image, [as_tensor(np.float64(3.9)), 5]).shape == (3, 5, 1)
    with pytest.raises(ArgumentError, match="integers"):
        resize(image, [3.0, 5.0])
