"""tf.Variable beyond what the goldens hold: in compiled functions, with optimizers, copied; layer weights as tf.Variables."""

import copy
import pickle

import numpy as np
import pytest

import hornbeam as hb
import hornbeam.tensorflow as tf
from hornbeam.engine.errors import ConversionError, ShapeError
from hornbeam.engine.shape import Shape
from hornbeam.ops.tf.variables import IndexedSlices, Variable


def test_a_layers_weight_is_a_tf_variable():
    layer = hb.layers.Dense(2)
    layer.build((None, 3))
    assert isinstance(layer.kernel, Variable) and not isinstance(hb.Tensor(1.0), Variable)
    layer.kernel[0].assign([1.0, 2.0])
    assert layer.kernel.numpy()[0].tolist() == [1.0, 2.0]


def test_assignment_at_places_in_a_compiled_function():
    v = Variable([1.0, 2.0, 3.0])

    @hb.function
    def change(i, x):
        v[0].assign(x)
        v[i].assign(x + 1)
        v.scatter_nd_add([[1]], [10.0])
        v.scatter_add(IndexedSlices([100.0], [i]))
        return v.value()

    assert change(hb.Tensor(2), hb.Tensor(5.0)).numpy().tolist() == [5.0, 12.0, 106.0]
    assert v.numpy().tolist() == [5.0, 12.0, 106.0]


def test_slices_of_tensors_do_not_change():
    v = Variable([1.0, 2.0])
    piece = v[0]
    v[0].assign(7.0)
    assert float(piece) == 1.0
    with pytest.raises(AttributeError, match=r"tf\.Variable"):
        hb.Tensor([1.0])[0].assign(2.0)


def test_a_large_variable_is_assigned_on_the_device():
    v = Variable(np.zeros((200, 100), np.float32))
    v[3, 10:20].assign(np.arange(10.0))
    v[5:7].assign(hb.ops.ones((2, 100)))
    expected = np.zeros((200, 100))
    expected[3, 10:20], expected[5:7] = np.arange(10.0), 1
    np.testing.assert_array_equal(v, expected)


def test_optimizers_and_tapes_take_them():
    v = Variable(5.0)
    optimizer = hb.optimizers.SGD(0.25)
    with hb.GradientTape() as tape:
        loss = (v - 2.0) ** 2
    optimizer.apply_gradients([(tape.gradient(loss, v), v)])
    assert v.numpy() == 3.5
    frozen = Variable(5.0, trainable=False)
    with hb.GradientTape() as tape:
        loss = frozen * 2
    assert tape.gradient(loss, frozen) is None


def test_types_and_shapes_are_kept():
    v = Variable([1.0, 2.0])
    with pytest.raises(ConversionError, match="int32"):
        v.assign(hb.Tensor([1, 2]))
    with pytest.raises(ShapeError, match="shape"):
        v.assign([1.0, 2.0, 3.0])
    free = Variable([1.0], shape=Shape([None]))
    assert free.assign([1.0, 2.0]).numpy().tolist() == [1.0, 2.0] and free.shape == (None,)
    doubled = hb.function(lambda: free.value() * 2)
    assert doubled().numpy().tolist() == [2.0, 4.0]
    free.assign([1.0, 2.0, 3.0])
    assert doubled().numpy().tolist() == [2.0, 4.0, 6.0]


def test_copies_are_independent():
    v = Variable([1.0, 2.0], name="v", trainable=False)
    twins = copy.deepcopy(v), pickle.loads(pickle.dumps(v)), Variable(v)
    v.assign([3.0, 4.0])
    for twin in twins:
        assert type(twin) is Variable and twin.numpy().tolist() == [1.0, 2.0]
    assert twins[0].name == "v:0" and not twins[0].trainable
    assert {v.ref(): 1}[v.ref()] == 1 and v.ref().deref() is v


def test_slices_with_places():
    slices = IndexedSlices([[1.0, 2.0], [3.0, 4.0]], [2, 2], [3, 2])
    np.testing.assert_array_equal(hb.ops.convert_to_tensor(slices), [[0, 0], [0, 0], [4, 6]])


def test_scatter_functions_of_version_1():
    v1, i = tf.compat.v1, [0, 2]
    labels = tf.Variable(tf.fill([4], -1))
    labels = v1.scatter_update(labels, tf.constant(i), 1)  # a number for every slice, the Variable back
    assert list(v1.scatter_update(labels, tf.reshape(tf.where(labels == -1), [-1])[:1], 0).numpy()) == [1, 0, 1, -1]
    rows = tf.Variable(tf.ones((3, 2)))
    for function, other in ((v1.scatter_add, 4.0), (v1.scatter_sub, 1.0), (v1.scatter_mul, [[3.0, 3.0]] * 2), (v1.scatter_div, 2.0)):
        function(rows, i, other)
    v1.scatter_max(rows, [1], 2.0)
    v1.scatter_min(rows, [2], [[0.0, 9.0]])
    assert rows.numpy().tolist() == [[6, 6], [2, 2], [0, 6]]
    v1.scatter_nd_sub(v1.scatter_nd_add(v1.scatter_nd_update(rows, [[0, 0]], [7.0]), [[0, 1]], [1.0]), [[2]], [[1.0, 1.0]])
    assert rows.numpy().tolist() == [[7, 7], [2, 2], [-1, 5]]
    with pytest.raises(ConversionError, match="tensor_scatter_nd"):
        v1.scatter_update(tf.ones(3), i, 1.0)
