"""`tf.feature_column`."""

from hornbeam.dialects.feature_columns import (
    bucketized_column,
    categorical_column_with_hash_bucket,
    categorical_column_with_identity,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_list,
    crossed_column,
    embedding_column,
    indicator_column,
    make_parse_example_spec,
    numeric_column,
    shared_embeddings,
    weighted_categorical_column,
)
from hornbeam.engine.missing import missing

__all__ = [
    "bucketized_column", "categorical_column_with_hash_bucket", "categorical_column_with_identity",
    "categorical_column_with_vocabulary_file", "categorical_column_with_vocabulary_list", "crossed_column", "embedding_column",
    "indicator_column", "make_parse_example_spec", "numeric_column", "shared_embeddings", "weighted_categorical_column",
]  # fmt: skip
__getattr__ = missing(__name__)
