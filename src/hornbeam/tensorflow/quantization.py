"""`tf.quantization`. Names only."""

from hornbeam.engine.missing import missing
from hornbeam.ops.tf.quantization import (
    fake_quant_with_min_max_args,
    fake_quant_with_min_max_vars,
    fake_quant_with_min_max_vars_per_channel,
    quantize_and_dequantize_v2,
)

quantize_and_dequantize = quantize_and_dequantize_v2
__all__ = [
    "fake_quant_with_min_max_args", "fake_quant_with_min_max_vars", "fake_quant_with_min_max_vars_per_channel",
    "quantize_and_dequantize_v2",
]  # fmt: skip
__getattr__ = missing(__name__)
