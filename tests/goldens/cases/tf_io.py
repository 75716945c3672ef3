"""tf.train.Example and tf.io: messages, their parsing, CSV, bytes."""

from __future__ import annotations

from typing import Any

from goldens.tables import table

NAMESPACE = "tensorflow"
TOLERANCE = (2e-6, 1e-6)

def _example(tf: Any) -> Any:
    feature = tf.train.Feature
    return tf.train.Example(features=tf.train.Features(feature={
        "b": feature(bytes_list=tf.train.BytesList(value=[b'ab\x00\xff"\n', b"c"])),
        "f": feature(float_list=tf.train.FloatList(value=[0.1, 2.5, 1e10, 1e-7, 16777216.0, 3.0])),
        "i": feature(int64_list=tf.train.Int64List(value=[1, -2, 300])),
        "e": feature(),
    }))


def _sequence(tf: Any) -> Any:
    feature, ints = tf.train.Feature, tf.train.Int64List
    steps = [feature(int64_list=ints(value=[1, 2])), feature(int64_list=ints(value=[3]))]
    return tf.train.SequenceExample(
        context=tf.train.Features(feature={"len": feature(int64_list=ints(value=[2]))}),
        feature_lists=tf.train.FeatureLists(feature_list={"t": tf.train.FeatureList(feature=steps)}),
    )


NAMES: dict[str, Any] = {
    "R": lambda tf: repr,
    "T": lambda tf: tf.train,
    "io": lambda tf: tf.io,
    "ex": lambda tf: _example(tf),
    "raw": lambda tf: _example(tf).SerializeToString(),
    "b2": lambda tf: tf.train.Example(features=tf.train.Features(feature={
        "i": tf.train.Feature(int64_list=tf.train.Int64List(value=[7])),
        "b": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"zz"])),
    })).SerializeToString(),
    "se": lambda tf: _sequence(tf),
    "sraw": lambda tf: _sequence(tf).SerializeToString(),
}


def _chunks(text: str, size: int = 40) -> dict[str, Any]:
    """A case for every `size` lines."""
    lines = text.strip().splitlines()
    return {f"{i:03d}": table("\n".join(lines[i : i + size]), **NAMES) for i in range(0, len(lines), size)}


CASES = _chunks(
    r"""
    R(ex.features.feature['i'])
    R(ex.features.feature['i'].int64_list)
    R(ex.features.feature['i'].int64_list.value)
    ex.features.feature['i'].int64_list.value[0]
    R(list(ex.features.feature['i'].int64_list.value))
    R(ex.features.feature['f'].float_list.value)
    R(ex.features.feature['b'].bytes_list.value[0])
    ex.features.feature['i'].WhichOneof('kind')
    R(ex.features.feature['e'].WhichOneof('kind'))
    ex.features.feature['i'].HasField('int64_list')
    ex.features.feature['i'].HasField('xx')
    R(sorted(ex.features.feature))
    'i' in ex.features.feature
    len(ex.features.feature)
    R(sorted(ex.features.feature.keys()))
    T.Example().ParseFromString(raw)
    T.Feature(int64_list=T.Int64List(value=[1.5]))
    T.Feature(int64_list=T.Int64List(value=['a']))
    T.Feature(bytes_list=T.BytesList(value=['str']))
    T.Feature(bytes_list=T.BytesList(value=b'ab'))
    T.Feature(bytes_list=T.BytesList(value=[3]))
    T.Feature(float_list=T.FloatList(value=['x']))
    R(T.Feature(float_list=T.FloatList(value=np.array([1,2]))))
    R(T.Feature(float_list=T.FloatList(value=[1])))
    R(T.Feature(int64_list=T.Int64List(value=np.array([1,2]))))
    T.Feature(int64_list=T.Int64List(value=3))
    T.Feature(int64_list=[1])
    T.Feature(int64_list=T.Int64List(value=[2**63]))
    R(T.Feature(int64_list=T.Int64List(value=tf.constant([1,2]))))
    T.Feature(xx=1)
    R(T.Feature(bytes_list=T.BytesList(value=[tf.constant(b'a').numpy()])))
    T.Feature(bytes_list=T.BytesList(value=[tf.constant(b'a')]))
    T.Feature(float_list=T.FloatList(value=np.array([[1.,2.]])))
    R(b2)
    R(T.Int64List(value=[1,-2,300]).SerializeToString())
    R(T.FloatList(value=[1.5]).SerializeToString())
    R(T.Feature())
    R(T.Example())
    repr(T.Int64List(value=[1]))
    R(se)
    R(sraw)
    se.context.feature['len'].int64_list.value[0]
    R([f.int64_list.value[:] for f in se.feature_lists.feature_list['t'].feature])
    ex.ByteSize()
    R(ex.features.feature['zzz'])
    R(io.parse_single_example(b2, {'i':io.FixedLenFeature([],tf.int64),'b':io.FixedLenFeature([],tf.string)}))
    R(io.parse_single_example(raw, {'i':io.FixedLenFeature([3],tf.int64),'f':io.FixedLenFeature([2,3],tf.float32)}))
    R(io.parse_single_example(raw, {'i':io.VarLenFeature(tf.int64),'b':io.VarLenFeature(tf.string),'m':io.VarLenFeature(tf.float32)}))
    io.parse_single_example(raw, {'i':io.FixedLenFeature([2],tf.int64)})
    io.parse_single_example(raw, {'i':io.FixedLenFeature([],tf.float32)})
    io.parse_single_example(raw, {'zz':io.FixedLenFeature([],tf.int64)})
    R(io.parse_single_example(raw, {'zz':io.FixedLenFeature([],tf.int64,default_value=5)}))
    R(io.parse_single_example(raw, {'zz':io.FixedLenFeature([2],tf.int64,default_value=[1,2])}))
    io.parse_single_example(raw, {'i':io.FixedLenSequenceFeature([],tf.int64)})
    R(io.parse_single_example(raw, {'i':io.RaggedFeature(tf.int64)}))
    io.parse_single_example(b'junk', {'i':io.FixedLenFeature([],tf.int64)})
    io.parse_single_example(raw, {'i':io.FixedLenFeature([],tf.int32)})
    io.parse_single_example(raw, {})
    io.parse_single_example([raw], {'i':io.FixedLenFeature([3],tf.int64)})
    R(io.parse_example([b2,b2], {'i':io.FixedLenFeature([],tf.int64),'b':io.FixedLenFeature([],tf.string)}))
    R(io.parse_example([b2,raw], {'i':io.VarLenFeature(tf.int64)}))
    R(io.parse_example([b2,raw], {'i':io.RaggedFeature(tf.int64)}))
    R(io.parse_example([b2,raw], {'i':io.FixedLenSequenceFeature([],tf.int64,allow_missing=True,default_value=-1)}))
    io.parse_example([b2,raw], {'i':io.FixedLenFeature([],tf.int64)})
    R(io.parse_example(b2, {'i':io.FixedLenFeature([],tf.int64)}))
    R(io.parse_single_sequence_example(sraw, {'len':io.FixedLenFeature([],tf.int64)}, {'t':io.RaggedFeature(tf.int64)}))
    R(io.parse_single_sequence_example(sraw, {'len':io.FixedLenFeature([],tf.int64)}, {'t':io.VarLenFeature(tf.int64)}))
    R(io.parse_sequence_example([sraw,sraw],{'len':io.FixedLenFeature([],tf.int64)},{'t':io.VarLenFeature(tf.int64)}))
    R(io.parse_sequence_example([sraw],{'len':io.FixedLenFeature([],tf.int64)},{'t':io.RaggedFeature(tf.int64)}))
    R(io.FixedLenFeature([],tf.int64))
    R(io.VarLenFeature(tf.int64))
    R(io.RaggedFeature(tf.int64))
    R(io.FixedLenSequenceFeature([],tf.int64,True))
    R(io.SparseFeature('i','v',tf.float32,10))
    R(io.decode_csv("1,2.5,abc",[[0],[0.0],['']]))
    R(io.decode_csv("1,,x",[[0],[7.5],['']]))
    io.decode_csv("1,,x",[[0],tf.constant([],tf.float32),['']])
    R(io.decode_csv('"a,b",2',[[''],[0]]))
    R(io.decode_csv('"a ""q"" b";2',[[''],[0]],field_delim=';'))
    io.decode_csv('1,2',[[0]])
    io.decode_csv('x,2',[[0],[0]])
    R(io.decode_csv('1,2,3',[[0],[0]],select_cols=[0,2]))
    R(io.decode_csv('1,NA',[[0],[9]],na_value='NA'))
    R(io.decode_csv('1.5,2',[0.0,0]))
    R(io.decode_csv(' 1, 2.0',[[0],[0.0]]))
    io.decode_csv('',[[0]])
    io.decode_csv('a"b,2',[[''],[0]])
    R(io.decode_csv('a"b,2',[[''],[0]],use_quote_delim=False))
    io.decode_raw(b'\x01\x00\x02\x00',tf.int16)
    io.decode_raw(b'\x01\x00\x02\x00',tf.int16,little_endian=False)
    io.decode_raw([b'\x01\x02',b'\x03\x04'],tf.uint8)
    io.decode_raw([b'\x01\x02',b'\x03'],tf.uint8)
    io.decode_raw([b'\x01\x02',b'\x03'],tf.uint8,fixed_length=2)
    io.decode_raw(b'abc',tf.int16)
    io.encode_base64("hello?>~")
    io.encode_base64("hello?>",pad=True)
    io.decode_base64("aGVsbG8_Pn4")
    io.decode_base64("aGVsbG8_Pg==")
    io.decode_base64("$$$")
    io.serialize_tensor(tf.constant([1,2]))
    io.serialize_tensor(tf.constant([[1.5,2.],[3.,4.]]))
    io.serialize_tensor(tf.constant(["a","bc"]))
    io.serialize_tensor(tf.constant(True))
    io.serialize_tensor(tf.constant([1,2],tf.int64))
    io.parse_tensor(io.serialize_tensor(tf.constant([[1.5,2.],[3.,4.]])),tf.float32)
    io.parse_tensor(io.serialize_tensor(tf.constant(["a","bc"])),tf.string)
    io.parse_tensor(io.serialize_tensor(tf.constant([1,2])),tf.float32)
    io.parse_tensor(b'junk',tf.float32)
    io.parse_tensor(io.serialize_tensor(tf.zeros([0,3])),tf.float32)
    io.serialize_tensor(tf.constant(1+2j))
    io.serialize_tensor(tf.constant([1,2],tf.uint8))
    io.decode_compressed(b'',compression_type='')
    io.is_jpeg(b'\xff\xd8\xff\xe0')
    """
)
