"""`tf.data`: one expression a case; a Dataset is recorded as its elements, their types, its printed form and its cardinality."""

import collections
import functools

import numpy as np

NAMESPACE = "tensorflow"
TOLERANCE = (0, 0)
ROWS = """
r.batch(3) | r.batch(3, drop_remainder=True) | r.batch(3, num_parallel_calls=2) | r.repeat(2).batch(4) | r.take(3).repeat(2) | r.skip(7)
r.skip(20) | r.take(0) | r.take(-1) | r.skip(-1) | r.shard(3, 1) | r.shard(3, 2).take(2) | r.skip(1).shard(2, 0).skip(1)
r.concatenate(D.range(2)) | r.map(lambda x: x + 1).concatenate(r.batch(2).unbatch()) | r.window(3) | r.window(3, shift=1) | d.window(4)
r.window(3).flat_map(lambda w: w.batch(3)) | r.window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3))
r.window(3, shift=5, stride=2).flat_map(lambda w: w.batch(3)) | r.window(2, shift=4, stride=3, drop_remainder=True) | d.batch(4)
d.map(lambda e: (e['a'], e['b'] * 2)) | D.zip((r, a)).map(lambda x, y: tf.cast(x, tf.float32) + y).batch(4) | D.zip(r, a).take(1)
D.zip({'x': r, 'y': (a, a)}).batch(4).take(1) | r.enumerate(3).take(2) | r.filter(lambda x: x % 2 == 0) | D.zip((r, r.batch(3)))
r.map(lambda x: x * x).filter(lambda x: x > 10).batch(2) | r.take_while(lambda x: x < 4) | r.take_while(lambda x: x < 0)
r.scan(np.int64(0), lambda s, x: (s + x, s + x)) | r.flat_map(lambda x: D.range(x)).take(12)
D.range(1, 6).interleave(lambda x: D.from_tensors(x).repeat(6), cycle_length=2, block_length=4)
D.range(1, 6).interleave(lambda x: D.range(x), cycle_length=3, block_length=2)
D.range(1, 6).interleave(lambda x: D.range(x), cycle_length=1, block_length=2) | r.batch(4).unbatch() | v.padded_batch(4)
v.padded_batch(4, padded_shapes=[12]) | v.padded_batch(4, padded_shapes=[None], padding_values=np.int64(-1), drop_remainder=True)
v.map(lambda x: (x, tf.size(x))).padded_batch(3, padded_shapes=([None], [])) | r.padded_batch(3)
v.bucket_by_sequence_length(lambda x: tf.size(x), [3, 6], [2, 2, 2])
v.bucket_by_sequence_length(lambda x: tf.shape(x)[0], [3, 6, 20], [2, 2, 2, 2], pad_to_bucket_boundary=True)
r.group_by_window(lambda x: x % 3, lambda k, w: w.batch(2), window_size=2) | D.from_tensor_slices([1, 2, 1, 3, 2]).unique()
r.group_by_window(lambda x: x % 2, lambda k, w: w.map(lambda y: y + k), window_size=3) | r.batch(4).rebatch(3) | r.batch(4).rebatch([2, 3])
D.from_generator(lambda: iter([(1, 'a'), (2, 'b')]), output_types=(tf.int32, tf.string)).batch(2)
D.from_generator(lambda n: iter(np.arange(n)), output_signature=tf.TensorSpec((), tf.int64), args=(3,))
D.from_generator(lambda: ({'x': np.ones(2) * i} for i in range(2)), output_signature={'x': tf.TensorSpec((2,), tf.float32)})
D.from_generator(lambda: iter([[1], [1, 2]]), output_types=tf.int32).padded_batch(2, padded_shapes=[None])
D.from_generator(lambda: iter([np.float32([1.2, 2.9]), np.float64([3.7, -3.7])]), output_types=tf.int32)
D.from_generator(lambda: iter([np.array([0.0, 0.5])]), output_types=tf.bool)
D.choose_from_datasets([r, r.map(lambda x: x + 100)], D.range(2).repeat(4)) | D.from_tensors(([1, 2], [3.0])).repeat(2)
D.sample_from_datasets([r.repeat(1), D.range(0)], [0.5, 0.5], stop_on_empty_dataset=False).take(3) | s.map(tf.strings.upper).batch(2)
s.map(lambda x: tf.strings.split(x)).padded_batch(2) | s.flat_map(lambda x: D.from_tensor_slices(tf.strings.split(x)))
s.map(lambda x: (x, tf.strings.length(x))).batch(2) | r.map(lambda x: (x, 1, 2.5, 's', [1, 2])).take(1)
r.map(lambda x: [x, x + 1]).batch(10) | r.map(lambda x: {'b': x, 'a': (x, x)}).take(1) | r.cache().shuffle(1).batch(5)
r.map(lambda x: x + 1).cache().repeat(2).batch(20) | r.prefetch(2).map(lambda x: x * 2, num_parallel_calls=4) | D.counter(5, 2).take(3)
D.from_tensors({'a': 1}).concatenate(D.from_tensors({'a': 2})) | r.apply(tf.data.experimental.assert_cardinality(10)).batch(10)
r.batch(2).map(lambda x: tf.reduce_sum(x)) | r.batch(3).map(lambda x: (x, tf.shape(x))) | a.map(lambda x: tf.stack([x, x])).batch(10)
a.map(lambda x: tf.cond(x > 5, lambda: x, lambda: -x)).batch(10) | D.from_tensor_slices(([1, 2, 3], [4, 5, 6])).map(lambda x, y: x * y)
D.from_tensor_slices((([1, 2], [3, 4]), [5, 6])).map(lambda xy, z: xy[0] + xy[1] + z) | D.range(100, 0, -30) | v.ragged_batch(4)
D.from_tensor_slices(tf.ragged.constant([[1, 2], [3], []])).batch(2) | D.from_tensor_slices(tf.ragged.constant([[1, 2], [3], []]))
D.from_tensor_slices(np.arange(12).reshape(4, 3)).map(lambda x: (x[:-1], x[-1])).batch(2) | D.from_tensor_slices('hello world'.split())
D.from_tensor_slices({'a': ['x', 'y'], 'n': [1, 2]}).map(lambda e: {**e, 'n': e['n'] + 1}) | D.from_tensor_slices(P([1, 2], [3.0, 4.0]))
r.reduce(np.int64(0), lambda s, x: s + x) | a.reduce((0.0, 1), lambda s, x: (s[0] + x, s[1] + 1)) | iter(r).get_next()
D.range(1).get_single_element() | len(r.batch(4)) | bool(r.take(0)) | r.repeat().take(3)
D.from_tensors(1).map(lambda x: x).repeat().take(2)
iter(D.range(0)).get_next_as_optional().has_value() | list(r.batch(4).as_numpy_iterator())[2].flags.writeable
type(next(a.as_numpy_iterator())).__name__ | int(r.repeat().cardinality()) | int(r.filter(lambda x: x > 3).cardinality())
D.from_tensor_slices([[1, 2], [3, 4]]) | D.from_tensor_slices([np.array([1, 2]), np.array([1, 2])]) | D.from_tensors([1, 2, 3])
r.map(lambda x: tf.random.uniform([3], seed=1) * 0.0).batch(2).take(1) | r.with_options(tf.data.Options()).take(1) | r.shuffle(10).take(0)
""".replace("\n", " | ").strip(" |").split(" | ")


P = collections.namedtuple("P", "a b")


@functools.cache
def _names(tf):
    D = tf.data.Dataset
    r = D.range(10)
    return {
        "tf": tf, "np": np, "D": D, "P": P, "r": r, "a": D.from_tensor_slices(np.arange(10, dtype="float32")),
        "s": D.from_tensor_slices(["a b", "c", "d e f"]), "v": r.map(lambda x: tf.range(x)),
        "d": D.from_tensor_slices({"a": np.arange(6), "b": np.arange(12.0).reshape(6, 2)}),
    }  # fmt: skip


def _plain(x):
    """Elements as text: structures, dtypes and values."""
    if isinstance(x, dict):
        return {key: _plain(value) for key, value in x.items()}
    if hasattr(x, "_fields"):
        return [type(x).__name__, *map(_plain, x)]
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *map(_plain, x)]
    if isinstance(x, (np.ndarray, np.generic)):
        return [str(x.dtype), x.tolist()] if x.dtype != object else ["string", [str(each) for each in x.ravel()]]
    if hasattr(x, "as_numpy_iterator"):
        return ["Dataset", *map(_plain, x)]
    if hasattr(x, "to_list"):
        return ["ragged", str(x.dtype.name), x.to_list()]
    if hasattr(x, "numpy"):
        return _plain(x.numpy())
    return str(x)


def _case(row):
    def case(tf):
        found = eval(row, _names(tf))
        if not hasattr(found, "as_numpy_iterator"):
            return {"value": str(_plain(found))}
        return {"elements": str([_plain(each) for each in found]), "printed": repr(found), "count": int(found.cardinality())}

    return case


CASES = {row: _case(row) for row in ROWS}
