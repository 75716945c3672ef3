"""`tf.strings`."""

from hornbeam.ops.strings.basic import (
    bytes_split,
    join,
    length,
    lower,
    ngrams,
    reduce_join,
    split,
    strip,
    substr,
    to_hash_bucket,
    to_hash_bucket_fast,
    to_hash_bucket_strong,
    unsorted_segment_join,
    upper,
)
from hornbeam.ops.strings.regex import regex_full_match, regex_replace
from hornbeam.ops.strings.unicode import (
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
    unicode_script,
    unicode_split,
    unicode_split_with_offsets,
    unicode_transcode,
)
from hornbeam.ops.strings.written import as_string, format, to_number

__all__ = [
    "as_string", "bytes_split", "format", "join", "length", "lower", "ngrams", "reduce_join", "regex_full_match", "regex_replace", "split",
    "strip", "substr", "to_hash_bucket", "to_hash_bucket_fast", "to_hash_bucket_strong", "to_number", "unicode_decode",
    "unicode_decode_with_offsets", "unicode_encode", "unicode_script", "unicode_split", "unicode_split_with_offsets", "unicode_transcode",
    "unsorted_segment_join", "upper",
]  # fmt: skip
