"""Images of another size."""

import sys

import numpy as np
import pytest

from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import as_tensor
from hornbeam.ops.image._both import optional
from hornbeam.ops.image.sizes import resize


def test_a_size_of_tensors_is_packed_as_whole_numbers():
    image = np.zeros((4, 6, 1), "float32")
    assert resize(image, [as_tensor(np.float64(3.9)), 5]).shape == (3, 5, 1)
    with pytest.raises(ArgumentError, match="integers"):
        resize(image, [3.0, 5.0])


@pytest.mark.parametrize("shape", [(37, 52, 3), (11, 90, 1), (5, 4, 4), (16, 30, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_opencv_gives_what_numpy_gives(shape, dtype, monkeypatch):
    cv2 = pytest.importorskip("cv2")
    calls, resized = [], cv2.resize
    monkeypatch.setattr(cv2, "resize", lambda *args, **options: calls.append(args) or resized(*args, **options))
    picture = np.random.default_rng(0).uniform(0, 255, shape).astype(dtype)
    quick = np.asarray(resize(picture, [16, 20]))
    assert len(calls) == 1
    monkeypatch.setitem(sys.modules, "cv2", None)
    optional.cache_clear()
    plain = np.asarray(resize(picture, [16, 20]))
    optional.cache_clear()
    assert len(calls) == 1 and quick.dtype == plain.dtype == np.float32 and quick.shape == plain.shape == (16, 20, shape[2])
    np.testing.assert_allclose(quick, plain, atol=1e-4)
