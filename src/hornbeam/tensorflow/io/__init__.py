"""`tf.io`."""

from hornbeam.data.decoding import decode_csv, decode_json_example
from hornbeam.data.examples import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
    parse_example,
    parse_sequence_example,
    parse_single_example,
    parse_single_sequence_example,
)
from hornbeam.data.records import TFRecordOptions, TFRecordWriter
from hornbeam.engine.missing import missing
from hornbeam.ops.image.codecs import (
    decode_and_crop_jpeg,
    decode_bmp,
    decode_gif,
    decode_image,
    decode_jpeg,
    decode_png,
    decode_webp,
    encode_jpeg,
    encode_png,
    extract_jpeg_shape,
    is_jpeg,
)
from hornbeam.ops.tf.encoding import (
    decode_base64,
    decode_compressed,
    decode_raw,
    encode_base64,
    matching_files,
    parse_tensor,
    read_file,
    serialize_sparse,
    serialize_tensor,
    write_file,
)
from hornbeam.tensorflow.io import gfile

__all__ = [
    "FixedLenFeature", "FixedLenSequenceFeature", "RaggedFeature", "SparseFeature", "TFRecordOptions", "TFRecordWriter", "VarLenFeature",
    "decode_and_crop_jpeg", "decode_base64", "decode_bmp", "decode_compressed", "decode_csv", "decode_gif", "decode_image", "decode_jpeg",
    "decode_json_example", "decode_png", "decode_raw", "decode_webp", "encode_base64", "encode_jpeg", "encode_png", "extract_jpeg_shape",
    "gfile", "is_jpeg", "matching_files", "parse_example", "parse_sequence_example", "parse_single_example",
    "parse_single_sequence_example", "parse_tensor", "read_file", "serialize_sparse", "serialize_tensor", "write_file",
]  # fmt: skip
__getattr__ = missing(__name__)
