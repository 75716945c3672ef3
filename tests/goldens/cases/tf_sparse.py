"""SparseTensors and lookup tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-6, 1e-6)

NAMES: dict[str, Any] = {
    "R": lambda tf: repr,
    "P": lambda tf: tf.sparse,
    "L": lambda tf: tf.lookup,
    "s": lambda tf: tf.SparseTensor(indices=[[0, 0], [1, 2]], values=[1.0, 2.0], dense_shape=[3, 4]),
    "t": lambda tf: tf.SparseTensor(indices=[[0, 1], [1, 2]], values=[10.0, 20.0], dense_shape=[3, 4]),
    "u": lambda tf: tf.SparseTensor(indices=[[1, 2], [0, 0]], values=[1.0, 2.0], dense_shape=[3, 4]),
    "si": lambda tf: tf.SparseTensor([[0, 0], [1, 2]], [1, 2], [3, 4]),
    "ss": lambda tf: tf.SparseTensor([[0, 0], [1, 2]], ["a", "q"], [3, 4]),
    "rs": lambda tf: tf.ragged.constant([["a", "z"], ["b"]]),
    "d": np.arange(12, dtype="float32").reshape(3, 4),
    "emb": np.float32([[1, 2], [3, 4], [5, 6]]),
    "tab": lambda tf: tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b", "c"], [10, 20, 30]), default_value=-1),
    "tabi": lambda tf: tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2], tf.int64), tf.constant(["one", "two"])), "?"
    ),
    "voc": lambda tf: tf.lookup.StaticVocabularyTable(
        tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64)), num_oov_buckets=3
    ),
}


def _chunks(text: str, size: int = 40) -> dict[str, Any]:
    """A case for every `size` lines."""
    lines = text.strip().splitlines()
    return {f"{i:03d}": table("\n".join(lines[i : i + size]), **NAMES) for i in range(0, len(lines), size)}


CASES = _chunks(
    r"""
    R(s)
    s.indices
    s.values
    s.dense_shape
    R(s.shape)
    s.dtype
    P.to_dense(s)
    P.to_dense(s,default_value=-1)
    P.to_dense(u)
    P.to_dense(u,validate_indices=False)
    R(P.reorder(u))
    R(P.from_dense([[0,1],[2,0]]))
    R(P.from_dense(["a",""]))
    R(P.add(s,t))
    P.add(s,d)
    P.add(d,s)
    s+t
    R(s*2.0)
    R(s*d)
    R(d*s)
    R(s/2.0)
    s+d
    s==s
    -s
    P.sparse_dense_matmul(s,tf.transpose(d))
    P.sparse_dense_matmul(s,d,adjoint_a=True)
    P.sparse_dense_matmul(tf.ones([2,3]),s)
    R(P.slice(s,[0,0],[2,2]))
    s[0]
    s[:2]
    s[1,2]
    P.reduce_sum(s)
    P.reduce_sum(s,axis=0)
    P.reduce_sum(s,axis=1,keepdims=True)
    P.reduce_max(s,axis=1)
    R(P.reduce_sum(s,axis=1,output_is_sparse=True))
    tf.reduce_sum(s)
    R(P.transpose(s))
    R(P.reshape(s,[4,3]))
    R(P.reshape(s,[-1]))
    R(P.expand_dims(s,0))
    R(P.expand_dims(s,-1))
    R(P.concat(0,[s,t]))
    R(P.concat(1,[s,t]))
    R(P.split(s,2,axis=1))
    R(P.retain(s,[True,False]))
    R(P.maximum(s,t))
    R(P.minimum(s,t))
    R(P.fill_empty_rows(s,0.))
    R(P.eye(3))
    R(P.eye(2,3))
    P.to_indicator(si,4)
    R(P.reset_shape(s,[4,5]))
    R(P.reset_shape(s))
    R(P.bincount(si))
    R(P.bincount([[1,1,2],[0,0,0]],axis=-1))
    R(P.map_values(tf.square,s))
    R(s.with_values([5.,6.]))
    R(tf.cast(s,tf.int32))
    R(tf.abs(s))
    R(tf.square(s))
    tf.size(s)
    tf.shape(s)
    tf.rank(s)
    tf.is_tensor(s)
    R(tf.SparseTensor([[0,0],[5,2]],[1.,2.],[3,4]))
    P.to_dense(tf.SparseTensor([[0,0],[5,2]],[1.,2.],[3,4]))
    tf.SparseTensor([[0,0]],[1.,2.],[3,4])
    tf.SparseTensor([0,1],[1.,2.],[3])
    tf.SparseTensor([[0],[1]],[1.,2.],[3,4])
    R(tf.SparseTensorSpec.from_value(s))
    R(tf.SparseTensorSpec([None,3],tf.int64))
    tf.nn.embedding_lookup_sparse(emb,tf.SparseTensor([[0,0],[0,1],[1,0]],[0,1,2],[2,2]),None,combiner='mean')
    tf.convert_to_tensor(s)
    tf.io.serialize_sparse(s)
    tf.sparse.segment_sum(emb,[0,1],[0,0])
    [x for x in s]
    len(s)
    bool(s)
    s.numpy()
    tf.sparse.from_dense(emb).values
    tab.lookup(tf.constant("a"))
    tab[tf.constant(["b"])]
    R(tab.lookup(rs))
    R(tab.lookup(ss))
    tab.size()
    R(tab.export())
    tab.key_dtype
    tab.value_dtype
    tab.default_value
    R(tab.name)
    tabi.lookup(tf.constant([1,5],tf.int64))
    tabi.lookup(tf.constant([1,5],tf.int32))
    voc.size()
    voc.key_dtype
    L.StaticVocabularyTable(L.KeyValueTensorInitializer(["a","b"],[0,1]),num_oov_buckets=3)
    L.StaticVocabularyTable(L.KeyValueTensorInitializer(["a","b"],tf.constant([0,1],tf.int64)),num_oov_buckets=0)
    L.StaticHashTable(L.KeyValueTensorInitializer(["a","a"],[1,2]),0)
    L.StaticHashTable(L.KeyValueTensorInitializer(["a","b"],[1]),0)
    L.StaticHashTable(L.KeyValueTensorInitializer(["a","b"],[1,2]),"x")
    den["b"]
    L.index_table_from_tensor
    tab.lookup(tf.constant(["a", "zz"]))
    tabi.lookup(tf.constant([[1, 2], [3, 1]], tf.int64))
    voc.lookup(tf.constant(["a", "b", "zz", "hello", "world"]))
    voc.lookup(tf.constant("zzz"))
    """
)
