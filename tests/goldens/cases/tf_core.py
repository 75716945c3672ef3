"""Tensors, Variables, types and shapes: values, printed forms, refusals. One expression a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-6, 1e-6)

MIXED: dict[str, Any] = {
    "i": np.int32([1, 2]), "l": np.int64([1, 2]), "f": np.float32([1, 2]), "d": np.float64([1, 2]), "h": np.float16([1, 2]),
    "u": np.uint8([1, 2]), "b": np.array([True, False]), "c": np.complex64([1 + 1j, 2]), "s": np.array(["a", "bé"]),
    "V": lambda tf: tf.Variable([1.0, 2.0]), "three": np.float32([1, 2, 3]), "m": np.arange(12, dtype="int32").reshape(3, 4),
}  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=")
PAIRS = ("i f", "f i", "i l", "f d", "h f", "V i", "f f", "i i", "l l", "d d", "V f", "f 2", "i 2", "2 i", "f 2.5", "2.5 f", "i 2.5",
         "d 2.5", "l 2", "f True", "i True", "f np.array([1.,2.])", "np.array([1.,2.])*f", "i np.array([3,2])", "i np.array([2.5,1.])",
         "np.float64(2)*f", "f np.float64(2)", "f [1,2]", "i [1,2]", "i [1.5,2]", "f (3,4)", "f three", "l 3")  # fmt: skip


def _pairs() -> str:
    lines = []
    for pair in PAIRS:
        if "*" in pair:
            lines.append(pair)
            continue
        a, b = pair.split(" ")
        lines += [f"{a} {operator} {b}" for operator in OPERATORS if not ("three" in pair and operator not in ("+", "==", "!="))]
    return "\n".join(lines)


CASES = {
    "operators": table(_pairs(), **MIXED),
    "operators_more": table(
        """
        b + b
        b - b
        b & b
        b | True
        b ^ b
        ~b
        ~i
        i & 1
        i | 4
        i ^ 3
        i | f
        b & i
        -i
        -f
        abs(-i)
        abs(c)
        c + c
        u / u
        i // 0
        i % 0
        f // 0.0
        u + u
        u // 2
        u - 2
        c * 2
        b / b
        c / c
        2.0 / f
        1 - f
        -7 // i
        i % 3
        (-i) % 3
        -f // 2
        (-f) % 3.0
        f ** 0.5
        f ** 3
        2 ** i
        tf.eye(2) @ tf.ones((2, 3))
        tf.eye(2) @ np.ones((2, 3))
        tf.eye(2) @ tf.ones((3, 2))
        tf.eye(2) @ tf.eye(2, dtype=tf.float64)
        s == 'a'
        s + 'x'
        'x' + s
        s + s
        f == None
        f != None
        f is f
        f + 'a'
        i + 2**40
        u + 300
        bool(f[0] > 0.5)
        bool(f)
        len(f)
        [float(x) for x in f]
        int(i[1])
        range(i[1])
        [1, 2, 3][i[0]]
        1.0 in f
        np.sqrt(f)
        np.mean(f)
        np.array(f)
        """, **MIXED),
    "indexing": table(
        """
        m[0]
        m[-1]
        m[1, 2]
        m[1:]
        m[1:, ::2]
        m[::-1]
        m[..., 0]
        m[:, tf.newaxis].shape
        m[tf.newaxis].shape
        m[tf.constant(1)]
        m[tf.constant(1):]
        m[1, tf.constant(2)]
        m[m > 5]
        m[5]
        m[0, 9]
        m[0, 0, 0]
        m[[1, 2]]
        m[1.0]
        m['a']
        m[b]
        m[:2][1]
        f[tf.constant(0)]
        V[1]
        V[:1] + 1
        s[1]
        m[:, -1:]
        m[..., tf.newaxis].shape
        m[-2:, 1:3]
        """, **MIXED),
    "constants": table(
        """
        tf.constant(3)
        tf.constant(2.5)
        tf.constant(True)
        tf.constant('hello')
        tf.constant(['a', 'bc'])
        tf.constant([1, 2.5])
        tf.constant([1, 2.5], tf.int32)
        tf.constant(2.5, dtype=tf.int32)
        tf.constant([1, 2], dtype='float64')
        tf.constant(1, tf.bool)
        tf.constant([True], tf.int32)
        tf.constant(f, tf.int32)
        tf.constant(np.array([1.5]), tf.int32)
        tf.constant(np.array([1, 2]), tf.float32)
        tf.constant(np.array([1, 2]))
        tf.constant(np.float64(1.5))
        tf.constant([np.float64(1.5), 2])
        tf.constant([np.float32(1.5)])
        tf.constant(np.int64(3))
        tf.constant(range(3))
        tf.constant([1, 'a'])
        tf.constant([[1, 2], [3]])
        tf.constant([1, 2**40])
        tf.constant(2**31)
        tf.constant(2**70)
        tf.constant(300, tf.uint8)
        tf.constant(-1, tf.uint8)
        tf.constant([1, 2, 3], shape=(2, 2))
        tf.constant(7, shape=(2, 2))
        tf.constant([1, 2, 3, 4], shape=(2, 2))
        tf.constant(None)
        tf.constant([None, 1])
        tf.constant(1j)
        tf.constant([])
        tf.constant([[], []])
        tf.constant({'a': 1})
        tf.constant('a', tf.int32)
        tf.constant(1.0, tf.bfloat16)
        tf.constant(1e-10)
        tf.constant(b'bytes')
        tf.constant([[1, 2], [3, 4]], dtype=tf.float16)
        tf.convert_to_tensor([f, f])
        tf.convert_to_tensor([f[0], 1])
        tf.convert_to_tensor([[f[0], 1.0], [2.0, f[1]]])
        tf.convert_to_tensor(f, tf.int32)
        tf.convert_to_tensor(V)
        tf.convert_to_tensor(V, tf.float64)
        tf.convert_to_tensor(1, dtype_hint=tf.float32)
        tf.convert_to_tensor(2.5, dtype_hint=tf.int32)
        tf.convert_to_tensor(np.ones((2, 2)), dtype=tf.float32)
        tf.convert_to_tensor(None)
        tf.convert_to_tensor('a')
        tf.cast(f, 'int32')
        tf.cast([1.7, -1.7], tf.int32)
        tf.cast(b, tf.float32)
        tf.cast(i, tf.bool)
        tf.cast(c, tf.float32)
        tf.cast(f, tf.complex64)
        tf.cast(f, tf.string)
        tf.cast('a', tf.int32)
        tf.cast(300, tf.uint8)
        tf.cast(f, tf.float16)
        tf.cast(V, tf.int64)
        tf.dtypes.cast(1, tf.float32)
        tf.saturate_cast([-5.0, 300.0], tf.uint8)
        tf.saturate_cast([-5, 300], tf.uint8)
        tf.saturate_cast(2**40, tf.int32)
        tf.is_tensor(f)
        tf.is_tensor(V)
        tf.is_tensor([1])
        tf.is_tensor(np.ones(2))
        isinstance(f, tf.Tensor)
        isinstance(V, tf.Variable)
        isinstance(V, tf.Tensor)
        tf.identity(f)
        tf.identity(V)
        tf.identity([1, 2])
        tf.complex([1.0], [2.0])
        tf.bitcast(tf.constant(1.0), tf.int32)
        tf.bitcast(tf.constant([1, 2], tf.int64), tf.int32)
        tf.get_static_value(f)
        """, **MIXED),
    "made": table(
        """
        tf.zeros(3)
        tf.zeros([2, 2], tf.int32)
        tf.zeros(tf.constant([2, 2]))
        tf.zeros(m.shape)
        tf.zeros([tf.constant(2), 1])
        tf.zeros(())
        tf.zeros(2, tf.string)
        tf.zeros(2, tf.bool)
        tf.ones(3, dtype='int64')
        tf.ones((1, 2), tf.complex64)
        tf.ones(2, tf.bool)
        tf.zeros_like(m)
        tf.zeros_like([1, 2])
        tf.zeros_like(s)
        tf.zeros_like(V)
        tf.ones_like(m, dtype=tf.float32)
        tf.ones_like(b)
        tf.fill([2, 3], 9)
        tf.fill([2], 9.0)
        tf.fill(2, 'a')
        tf.fill([2], [1])
        tf.eye(2)
        tf.eye(2, 3)
        tf.eye(2, dtype=tf.int32)
        tf.eye(2, 3, batch_shape=[2])
        tf.range(5)
        tf.range(5.0)
        tf.range(0, 1, 0.25)
        tf.range(10, 0, -3)
        tf.range(3, dtype=tf.float32)
        tf.range(5, 2)
        tf.range(2, 5)
        tf.range(0)
        tf.range(tf.constant(5, tf.int64))
        tf.range(start=1, limit=5, delta=2)
        tf.range(0, 10, 2.5)
        tf.range(0, 1, 0)
        tf.range(i[1])
        tf.linspace(0.0, 1.0, 5)
        tf.linspace(0, 10, 5)
        tf.linspace(0.0, 10, 3)
        tf.linspace(0, 10, num=3)
        tf.linspace([0.0, 1.0], [2.0, 4.0], 3)
        tf.linspace([0.0, 1.0], [2.0, 4.0], 3, axis=-1)
        tf.linspace(0.0, 1.0, 1)
        tf.one_hot([0, 2], 3)
        tf.one_hot([[0], [2]], 3)
        tf.one_hot([0, 2, -1, 5], 3, on_value=5.0, off_value=1.0)
        tf.one_hot([0, 1], 2, dtype=tf.int32)
        tf.one_hot([0, 1], 3, axis=0)
        tf.one_hot(1, 3)
        tf.one_hot([0.0, 1.0], 3)
        tf.one_hot([0], 2, on_value=True, off_value=False)
        tf.one_hot(tf.constant([0, 1], tf.uint8), depth=2)
        tf.shape(m)
        tf.shape(m, out_type=tf.int64)
        tf.shape(m)[0]
        tf.shape([1, 2])
        tf.shape(3.0)
        tf.size(m)
        tf.size(m, tf.int64)
        tf.rank(m)
        tf.ensure_shape(m, [None, 4])
        tf.ensure_shape(m, [None, 5])
        """, **MIXED),
    "variables": table(
        """
        tf.Variable([1.0, 2.0])
        repr(tf.Variable([1.0, 2.0]))
        repr(tf.Variable(0.5, name='x'))
        repr(tf.Variable([[1, 2], [3, 4]]))
        repr(tf.Variable('a'))
        tf.Variable(1).dtype
        tf.Variable(np.array([1.0])).dtype
        tf.Variable([1, 2], dtype=tf.float64)
        tf.Variable(2.5, dtype=tf.int32)
        tf.Variable(f, dtype=tf.int32)
        tf.Variable()
        tf.Variable(lambda: tf.ones(2))
        tf.Variable(f).name
        tf.Variable(f, name='w').name
        tf.Variable(f, trainable=False).trainable
        tf.Variable(f).trainable
        tf.Variable(f).shape
        tf.Variable(tf.ones(2), shape=tf.TensorShape(None)).shape
        repr(tf.Variable([1.0, 2.0], shape=[None]))
        tf.Variable([1.0, 2.0], shape=[None]).assign([1.0, 2.0, 3.0])
        tf.Variable([1.0, 2.0], shape=[3])
        tf.Variable(f).value()
        tf.Variable(f).read_value()
        tf.Variable(f).numpy()
        tf.Variable(f).assign([3, 4])
        tf.Variable(f).assign(i)
        tf.Variable(f).assign(d)
        tf.Variable(f).assign(np.array([3, 4]))
        tf.Variable(f).assign([1.0, 2.0, 3.0])
        tf.Variable(f).assign_add([1, 1])
        tf.Variable(f).assign_add(i)
        tf.Variable(f).assign_sub(f)
        tf.Variable(i).assign_add([1, 1])
        tf.Variable(i).assign_add(1.5)
        tf.Variable(f).assign(tf.Variable([5.0, 6.0]))
        tf.Variable(f)[0].assign(5.0)
        tf.Variable(f)[0:1].assign([7.0])
        tf.Variable([[1, 2], [3, 4]])[:, 0].assign([8, 9])
        tf.Variable([[1, 2], [3, 4]])[1, 1].assign(0)
        tf.Variable([[1, 2], [3, 4]])[1].assign([7, 7])
        tf.Variable([[1, 2], [3, 4]])[..., -1].assign([7, 7])
        f[0].assign(1.0)
        tf.Variable(f).scatter_nd_update([[0]], [4.0])
        tf.Variable(f).scatter_nd_add([[0], [0]], [4.0, 1.0])
        tf.Variable(f).scatter_nd_sub([[1]], [4.0])
        tf.Variable(f).scatter_update(tf.IndexedSlices([4.0], [1]))
        tf.Variable(f).scatter_add(tf.IndexedSlices([4.0], [1]))
        tf.Variable(f).scatter_sub(tf.IndexedSlices([4.0], [1]))
        tf.Variable(f).scatter_max(tf.IndexedSlices([4.0], [1]))
        tf.Variable(f).scatter_mul(tf.IndexedSlices([4.0], [1]))
        tf.Variable([[1.0, 2.0], [3.0, 4.0]]).scatter_update(tf.IndexedSlices([[5.0, 6.0]], [1]))
        tf.Variable(f).sparse_read([1])
        tf.Variable(f).gather_nd([[1]])
        tf.Variable(f) + 1
        tf.Variable(f) * tf.Variable(f)
        tf.reduce_sum(tf.Variable(f))
        tf.stack([tf.Variable(f), f])
        tf.Variable(f).ref() == tf.Variable(f).ref()
        V.ref().deref() is V
        f.ref() == f.ref()
        tf.convert_to_tensor(tf.IndexedSlices(tf.ones((1, 2)), [1], dense_shape=[3, 2]))
        """, **MIXED),
    "printed": table(
        """
        repr(f)
        str(f)
        repr(i)
        repr(l)
        repr(tf.constant(0.1))
        str(tf.constant(0.1))
        repr(tf.constant(3))
        str(tf.constant(3))
        repr(tf.constant(True))
        repr(tf.constant('a'))
        str(tf.constant('a'))
        repr(s)
        str(s)
        repr(m)
        str(m)
        repr(tf.zeros((2, 2, 2)))
        str(tf.zeros((2, 2, 2)))
        repr(tf.zeros((0, 3)))
        str(tf.zeros((0, 3)))
        repr(tf.zeros(0))
        repr(tf.range(2000))
        str(tf.range(2000))
        repr(c)
        repr(c[0])
        str(c[0])
        repr(b)
        repr(u)
        repr(d)
        repr(d[0])
        repr(tf.constant([1e-10, 1e10]))
        repr(tf.constant(1e-10))
        repr(tf.constant(float('nan')))
        repr(tf.constant(float('inf')))
        f'{f[0]:.2f}'
        f'{f}'
        f'{i[0]}'
        '%d' % i[0]
        '%.3f' % f[0]
        '{:.3f}'.format(f[0])
        '{:.3f}'.format(f)
        repr(tf.shape(m))
        repr(f[0] > 1)
        repr(tf.math.top_k([1.0, 3.0, 2.0], 2))
        repr(tf.unique([1, 2, 1]))
        [f[0], i[0]]
        repr(tf.TensorSpec([None, 2], tf.float32))
        repr(tf.TensorSpec((), tf.int32, name='a'))
        """, **MIXED),
    "types": table(
        """
        repr(f.dtype)
        str(f.dtype)
        f'{f.dtype}'
        '%s' % tf.float32
        [tf.float32]
        f.dtype == tf.float32
        f.dtype == 'float32'
        f.dtype == np.float32
        f.dtype != tf.int32
        f.dtype is tf.float32
        f.dtype.name
        tf.int64.name
        f.dtype.as_numpy_dtype is np.float32
        tf.string.as_numpy_dtype is object
        tf.bool.as_numpy_dtype is np.bool_
        f.dtype.size
        tf.complex128.size
        tf.float16.max
        tf.float32.min
        tf.uint8.max
        tf.int32.min
        tf.int64.max
        tf.bool.max
        tf.int32.limits
        tf.float32.limits
        tf.uint8.limits
        tf.as_dtype('float')
        tf.as_dtype('half')
        tf.as_dtype('double')
        tf.as_dtype(float)
        tf.as_dtype(np.int16)
        tf.as_dtype(np.dtype('int16'))
        tf.as_dtype(bool)
        tf.as_dtype('abc')
        tf.as_dtype(1)
        tf.as_dtype(7)
        tf.as_dtype(type_value='int8')
        tf.as_dtype(tf.int8)
        tf.dtypes.as_dtype('string')
        tf.float32.base_dtype
        tf.complex64.real_dtype
        tf.float32.is_compatible_with(tf.float64)
        tf.float32.is_compatible_with('float32')
        tf.float32.is_floating
        tf.int32.is_integer
        tf.uint8.is_unsigned
        tf.uint8.is_integer
        tf.bool.is_bool
        tf.bool.is_integer
        tf.complex64.is_complex
        tf.bfloat16.is_floating
        tf.float32.is_quantized
        tf.float32.as_datatype_enum
        tf.string.as_datatype_enum
        tf.half is tf.float16
        tf.double is tf.float64
        {tf.float32: 1}[f.dtype]
        isinstance(tf.float32, tf.DType)
        V.dtype
        """, **MIXED),
    "shapes": table(
        """
        f.shape
        repr(f.shape)
        str(f.shape)
        f'{m.shape}'
        m.shape == (3, 4)
        m.shape == [3, 4]
        m.shape != (3, 4)
        m.shape != [3, 5]
        m.shape[0]
        m.shape[-1]
        m.shape[1:]
        m.shape.as_list()
        list(m.shape)
        tuple(m.shape)
        m.shape.rank
        m.shape.ndims
        len(m.shape)
        m.shape + (5,)
        m.shape + [5]
        (5,) + m.shape
        [5] + m.shape
        m.shape + m.shape
        m.shape.concatenate([5])
        m.shape.num_elements()
        m.get_shape()
        m.ndim
        tf.TensorShape([None, 3])
        str(tf.TensorShape([None, 3]))
        tf.TensorShape(None)
        str(tf.TensorShape(None))
        tf.TensorShape([])
        str(tf.TensorShape([]))
        tf.TensorShape(3)
        tf.TensorShape((2, 3))
        tf.TensorShape([2, None]).as_list()
        tf.TensorShape(None).as_list()
        tf.TensorShape(None).rank
        len(tf.TensorShape(None))
        tf.TensorShape([None, 3]).is_fully_defined()
        tf.TensorShape([2, 3]).is_fully_defined()
        tf.TensorShape([None, 3]).num_elements()
        tf.TensorShape([None, 3]).is_compatible_with([5, 3])
        tf.TensorShape([None, 3]).is_compatible_with([5, 4])
        tf.TensorShape(None).is_compatible_with([5, 4])
        tf.TensorShape([None, 3]).merge_with([4, None])
        tf.TensorShape([None, 3]).merge_with([4, 4])
        tf.TensorShape([None, 3]).with_rank(2)
        tf.TensorShape([None, 3]).with_rank(3)
        tf.TensorShape(None).with_rank(2)
        tf.TensorShape([None, 3]).with_rank_at_least(1)
        tf.TensorShape([None, 3]).assert_is_compatible_with([4, 4])
        tf.TensorShape([None, 3]).assert_has_rank(2)
        tf.TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
        tf.TensorShape([None, 3]) == tf.TensorShape([None, 3])
        tf.TensorShape(None) == tf.TensorShape(None)
        hash(tf.TensorShape([2, 3])) == hash(tf.TensorShape([2, 3]))
        bool(tf.TensorShape(None))
        tf.TensorShape([2, 3])[5]
        tf.TensorShape('a')
        m.set_shape([3, 4])
        m.set_shape([None, 5])
        f.device
        f.eval()
        f.foo
        """, **MIXED),
    "nest": table(
        """
        tf.nest.flatten([1, (2, {'b': 3, 'a': 4})])
        tf.nest.flatten(5)
        tf.nest.flatten({'b': 1, 'a': [2, 3]})
        tf.nest.flatten(None)
        tf.nest.map_structure(lambda x: x + 1, {'a': 1, 'b': (2, 3)})
        tf.nest.map_structure(lambda x, y: x + y, [1, 2], [3, 4])
        tf.nest.map_structure(lambda x, y: x + y, [1, 2], [3])
        tf.nest.map_structure(lambda x, y: x + y, [1, 2], (3, 4))
        tf.nest.map_structure(lambda x: x, [])
        tf.nest.map_structure(3, [1])
        tf.nest.pack_sequence_as([0, (0, 0)], [1, 2, 3])
        tf.nest.pack_sequence_as({'b': 0, 'a': 0}, [1, 2])
        tf.nest.pack_sequence_as([0, 0], [1])
        tf.nest.is_nested([1])
        tf.nest.is_nested('ab')
        tf.nest.is_nested({})
        tf.nest.is_nested(f)
        tf.nest.assert_same_structure([1, 2], [3, 4])
        tf.nest.assert_same_structure([1, 2], [3, [4]])
        tf.nest.assert_same_structure([1], (1,))
        tf.nest.assert_same_structure({'a': 1}, {'b': 1})
        """, **MIXED),
}  # fmt: skip
