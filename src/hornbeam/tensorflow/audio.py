"""`tf.audio`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.audio import decode_wav, encode_wav

__all__ = ["decode_wav", "encode_wav"]
__getattr__ = missing(__name__)
