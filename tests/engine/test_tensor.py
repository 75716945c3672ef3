"""The Tensor: what it owns, what it converts, how it prints."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import DtypeError, HornbeamError, ShapeError, UntraceableError
from hornbeam.engine.tensor import HOST_BYTES


@pytest.mark.parametrize("size", [10, HOST_BYTES])  # on the host, and on the device
def test_writing_to_the_array_afterwards_does_not_show(size):
    arrays = [np.full(size, i, np.float32) for i in range(40)]
    tensors = [hb.Tensor(array) for array in arrays]
    for array in arrays:
        array[:] = -1
    for i, tensor in enumerate(tensors):
        assert (tensor.numpy() == i).all()
        assert float(hb.ops.max(tensor + 0)) == i


def test_numpy_gives_a_copy_to_write_to():
    tensor = hb.Tensor([1.0, 2.0])
    array = tensor.numpy()
    array[0] = 9
    assert tensor.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int32"), (2**40, "int64"), (1.5, "float32"), (True, "bool"), ([1, 2], "int32"), ([1.0, 2], "float32"), (1j, "complex64"),
        (np.float64(1), "float64"), (np.arange(3), "int64"), ([np.float64(1)], "float64"), (np.float16(1), "float16"), ("text", "string"),
        ([2**40], "int64"), (jnp.ones(2, jnp.bfloat16), "bfloat16"),
    ],
)  # fmt: skip
def test_types(value, dtype):
    assert hb.Tensor(value).dtype == dtype


def test_python_operators_mix_with_numpy():
    x = hb.Tensor([1.0, 2.0])
    left = np.array([10.0, 20.0], np.float32) + x
    assert isinstance(left, hb.Tensor)
    assert left.numpy().tolist() == [11.0, 22.0]
    with hb.GradientTape() as tape:
        tape.watch(x)
        y = np.array([3.0, 4.0], np.float32) * x
    assert tape.gradient(y, x).numpy().tolist() == [3.0, 4.0]


def test_python_numbers_give_way():
    assert (hb.Tensor([1, 2]) + 1).dtype == "int32"
    assert (hb.Tensor([1, 2]) * 0.5).dtype == "float32"
    assert (hb.Tensor(np.ones(2, np.float16)) * 2.5).dtype == "float16"
    assert (hb.Tensor(np.ones(2)) * 2.5).dtype == "float64"
    assert (hb.Tensor([1.0]) + np.array([1.0])).dtype == "float32"


def test_speaks_jax_numpy_and_dlpack():
    x = hb.Tensor([[1.0, 2.0]])
    assert jnp.sum(jnp.asarray(x)) == 3
    assert np.asarray(x).shape == (1, 2)
    assert np.from_dlpack(x).tolist() == [[1.0, 2.0]]
    doubled = jax.jit(lambda t: t * 2)(x)  # a pytree node
    assert isinstance(doubled, hb.Tensor)
    assert doubled.numpy().tolist() == [[2.0, 4.0]]


def test_manners():
    x = hb.Tensor([[1, 2], [3, 4]])
    assert x.shape == (2, 2)
    assert x.shape.as_list() == [2, 2]
    assert len(x) == 2
    assert [int(row[0]) for row in x] == [1, 3]
    assert int(x[1, 1]) == 4
    assert x[..., None].shape == (2, 2, 1)
    assert f"{hb.Tensor(1.5):.2f}" == "1.50"
    assert copy.deepcopy(x) is x
    assert pickle.loads(pickle.dumps(x)).numpy().tolist() == [[1, 2], [3, 4]]
    assert {x: 1}[x] == 1


def test_printed_form():
    assert repr(hb.Tensor(np.array([10, 7], np.int32))) == "<tf.Tensor: shape=(2,), dtype=int32, numpy=array([10,  7], dtype=int32)>"
    assert str(hb.Tensor([10, 7])) == "tf.Tensor([10  7], shape=(2,), dtype=int32)"
    assert repr(hb.Tensor(3.0)) == "<tf.Tensor: shape=(), dtype=float32, numpy=3.0>"


def test_errors_teach():
    with pytest.raises(ShapeError, match="rows must have one length"):
        hb.Tensor([[1, 2], [3]])
    assert hb.Tensor(np.array([], object)).dtype == "string"  # as of lookups that found nothing
    with pytest.raises(DtypeError, match="mixed or unknown"):
        hb.Tensor([object()])
    with pytest.raises(HornbeamError, match="ambiguous"):
        bool(hb.Tensor([1, 2]))
    with pytest.raises(UntraceableError, match="no values yet"):
        hb.Input((3,)).numpy()
    with pytest.raises(ValueError, match="float32"):
        hb.Tensor([1.0], dtype="flaot32")


def test_sixty_four_bits_are_real():
    big = 2**40
    x = hb.Tensor(np.array([big, 1]))
    assert (x + 1).numpy().tolist() == [big + 1, 2]
    assert int(hb.ops.sum(x)) == big + 1
    program = hb.function(lambda t: t * 2)
    assert program(x).numpy().tolist() == [2 * big, 2]
    with hb.GradientTape() as tape:
        y = hb.Tensor(np.float64(big) + 0.25)
        tape.watch(y)
        z = y * y
    assert float(tape.gradient(z, y)) == 2 * (big + 0.25)
    variable = hb.Variable(np.int64(big))
    variable.assign_add(1)
    assert int(variable) == big + 1


def test_dtype_is_its_name():
    dtype = hb.Tensor([1.0]).dtype
    assert dtype == "float32"
    assert repr(dtype) == "tf.float32"
    assert np.zeros(2, dtype).dtype == np.float32
    assert dtype.is_floating
    assert dtype.as_numpy_dtype is np.float32


def test_a_compiled_functions_arguments_print_by_name():
    seen = []
    hb.function(lambda x, n=2: (seen.append((str(x), repr(x), x.name)), x)[1])(hb.Tensor([1.0, 2.0]))
    assert seen[0] == ('Tensor("x:0", shape=(2,), dtype=float32)', "<tf.Tensor 'x:0' shape=(2,) dtype=float32>", "x:0")
