"""tf.experimental.numpy and its manners; types and values are TensorFlow 2.21's."""

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import manners
from hornbeam.engine.tensor import Tensor
from hornbeam.ops.tf import numpy_style


@pytest.fixture
def numpys(monkeypatch):
    """NumPy's manners for one test."""
    monkeypatch.setattr(manners, "numpy_rule", None)
    with manners.turned(True):
        numpy_style.enable()
        yield
    for name in numpy_style.METHODS:
        delattr(Tensor, name)


@pytest.mark.usefixtures("numpys")
def test_operators_that_widen_no_more_than_they_must():
    i, f = hb.Tensor([1, 2]), hb.Tensor([1.0, 2.0])
    numpy_style.enable(dtype_conversion_mode="all")
    assert [(i + f).dtype, (i / i).dtype, (hb.Tensor([1], "int64") * hb.Tensor(2.0, "float16")).dtype] == ["float32", "float64", "float16"]
    with pytest.raises(ValueError, match="'legacy' or 'all'"):
        numpy_style.enable(dtype_conversion_mode="safe")


@pytest.mark.usefixtures("numpys")
def test_operators_promote_as_numpy_does():
    i, f = hb.Tensor([1, 2]), hb.Tensor([1.0, 2.0])
    for out, dtype, values in [
        (i + f, "float64", [2, 4]), (i + 1.5, "float64", [2.5, 3.5]), (f + 1, "float32", [2, 3]), (i * 2, "int32", [2, 4]),
        (f + np.array([1.0, 2.0]), "float64", [2, 4]), (i / 2, "float64", [0.5, 1]), (np.array([3]) * i, "int64", [3, 6]),
    ]:  # fmt: skip
        assert out.dtype == dtype and out.numpy().tolist() == values


@pytest.mark.usefixtures("numpys")
def test_methods_of_arrays():
    x = hb.Tensor([[1, 2, 3]])
    assert x.T.shape == (3, 1) and x.transpose().shape == (3, 1) and x.ravel().shape == (3,) and x.reshape(3, 1).shape == (3, 1)
    assert x.reshape((-1,)).shape == (3,) and x.astype("float32").dtype == "float32" and x.clip(0, 2).numpy().tolist() == [[1, 2, 2]]
    assert float(x.mean()) == 2.0 and int(x.max()) == 3 and x[0][[0, 2]].numpy().tolist() == [1, 3]


def test_without_them_there_are_no_such_methods():
    assert not hasattr(hb.Tensor([1]), "astype") and not hasattr(hb.Tensor([1]), "T")


def test_the_namespace_is_of_64_bits():
    import hornbeam.tensorflow.experimental.numpy as tnp

    assert tnp.ones(2).dtype == "float64" and tnp.arange(3).dtype == "int64" and tnp.array([1.0, 2]).dtype == "float64"
    assert tnp.add(tnp.ones([1], tnp.int32), tnp.ones([1], tnp.float32)).dtype == "float64"
    assert tnp.power(2, 3).numpy() == 8 and tnp.mean(tnp.array([1, 2])).numpy() == 1.5 and tnp.sum(tnp.ones((2, 2)), axis=0).shape == (2,)
    assert tnp.where(tnp.array([True, False]), 1, 0).dtype == "int64" and tnp.argmax([1, 5]).dtype == "int64"
    assert tnp.random.randn(2, 3).dtype == "float64" and tnp.random.rand(2).shape == (2,) and tnp.full((2,), 3).dtype == "int64"
    assert tnp.result_type(tnp.float32, tnp.int32) == "float64" and isinstance(tnp.zeros(1), tnp.ndarray)
    np.testing.assert_allclose(tnp.linspace(0, 1, 3), [0, 0.5, 1])
