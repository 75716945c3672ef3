"""`tf.tpu.experimental.embedding`: words with which programs say what a TPU's tables would hold. Names only."""

from hornbeam.engine.missing import lazily

_CLASSES = (
    "Adagrad", "Adam", "FTRL", "FeatureConfig", "RowIdInitializer", "SGD", "TPUEmbedding", "TPUEmbeddingForServing", "TPUEmbeddingV0",
    "TableConfig",
)  # fmt: skip
__getattr__, __dir__ = lazily(__name__, dict.fromkeys(_CLASSES, "hornbeam.training.distribution:TPUEmbedding"))
