"""Functions of elements: compiled, over blocks, and in threads, always with the same answers."""

import threading
import time

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.data import Dataset

ROWS = np.arange(150, dtype="float32").reshape(150, 1) + np.arange(3, dtype="float32")


def host(function):
    """The same function as one that cannot be compiled."""
    return lambda x: function(hb.ops.convert_to_tensor(np.asarray(x)))


def formula(x):
    if hb.ops.sum(x) > 100:
        x = -x
    return {"y": hb.ops.where(x > 5, x * 2, x), "total": hb.ops.sum(x)}


@pytest.mark.parametrize("batch", [None, 1, 32, 64, 200])
def test_compiled_blocks_and_plain_python_agree(batch):
    source = Dataset.from_tensor_slices(ROWS)
    generated = Dataset.from_generator(lambda: iter(ROWS), output_signature=hb.TensorSpec((3,), "float32"))
    found = []
    for data in (source.map(formula), generated.map(formula), source.map(host(formula)), source.map(host(formula), num_parallel_calls=3)):
        data = data if batch is None else data.batch(batch)
        found.append([{name: np.asarray(part).tolist() for name, part in each.items()} for each in data.as_numpy_iterator()])
    assert found[0] == found[1] == found[2] == found[3] and len(found[0]) == (150 if batch is None else -(-150 // batch))


def test_a_function_is_traced_once_for_elements_of_one_shape():
    seen = []

    def noted(x):
        seen.append(tuple(x.shape))
        return x + 1

    data = Dataset.from_tensor_slices(ROWS).map(noted)
    assert len(list(data)) == 150 and len(list(data.batch(7))) == 22 and seen == [(3,)]


def test_shapes_that_differ_are_each_served():
    lengths = [3, 1, 4, 1, 5]
    rows = Dataset.from_generator(lambda: (np.arange(n) for n in lengths), output_signature=hb.TensorSpec((None,), "int64"))
    data = rows.map(lambda x: (x[::-1], hb.ops.sum(x)))
    assert data.element_spec[0].shape == (None,)
    assert [np.asarray(x).tolist() for x, _ in data] == [list(range(n))[::-1] for n in lengths]
    many = Dataset.from_generator(lambda: (np.ones(n) for n in range(1, 40)), output_signature=hb.TensorSpec((None,), "float32"))
    assert [float(x) for x in many.map(lambda x: hb.ops.sum(x))] == list(range(1, 40))


def test_threads_keep_the_order_and_work_side_by_side():
    names = set()

    def slowly(x):
        names.add(threading.current_thread().name)
        time.sleep(0.02 if np.asarray(x) % 2 else 0.001)
        return x * 2

    data = Dataset.range(20).map(slowly, num_parallel_calls=4)
    assert [int(x) for x in data] == [2 * i for i in range(20)] and len(names) > 2


def test_an_error_of_a_function_is_met_where_its_element_is():
    def checked(x):
        if np.asarray(x) == 2:
            raise ValueError("two")
        return x

    for parallel in (None, 3):
        data = Dataset.range(5).map(checked, num_parallel_calls=parallel)
        iterator = iter(data.prefetch(2))
        assert int(next(iterator)) == 0 and int(next(iterator)) == 1
        with pytest.raises(ValueError, match="two"):
            next(iterator)
        assert [int(x) for x in data.ignore_errors()] == [0, 1, 3, 4]


def test_layers_in_pipelines():
    images = np.random.default_rng(0).random((20, 8, 8, 3), "float32")
    flip = hb.layers.RandomFlip("horizontal", seed=1)
    data = Dataset.from_tensor_slices(images)
    turned = np.concatenate([np.asarray(x) for x in data.map(lambda x: flip(x, training=True)).batch(8)])
    flipped = [not np.array_equal(a, b) for a, b in zip(turned, images, strict=True)]
    assert 2 < sum(flipped) < 18
    assert all(np.allclose(a, b[:, ::-1] if f else b) for a, b, f in zip(turned, images, flipped, strict=True))
    norm = hb.layers.Normalization()
    norm.adapt(data.batch(7))
    assert np.allclose(np.asarray(norm.mean).ravel(), images.mean(axis=(0, 1, 2)), atol=1e-5)
    texts = hb.layers.TextVectorization(output_sequence_length=3)
    lines = Dataset.from_tensor_slices(["a b", "b", "c b a"])
    texts.adapt(lines.batch(2))
    assert texts.get_vocabulary()[:3] == ["", "[UNK]", "b"]
    assert [np.asarray(x).tolist() for x in lines.map(texts)] == np.asarray(texts(["a b", "b", "c b a"])).tolist()
    assert next(iter(lines.batch(3).map(texts))).shape == (3, 3)


def test_a_map_over_a_map_that_counts_over_batches_of_which_the_last_is_short():
    from hornbeam import tensorflow as tf

    counter = tf.Variable(0)

    def numbered(batch):
        start = counter.read_value()
        return tf.range(start, counter.assign_add(tf.shape(batch)[0])), batch

    found = tf.data.Dataset.range(5).batch(3).map(numbered).map(lambda places, batch: tf.cast(places, tf.int64) - batch)
    assert [each.numpy().tolist() for each in found] == [[0, 0, 0], [0, 0]]
