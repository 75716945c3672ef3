"""keras.quantizers and the policies of quantized layers; the numbers are real Keras 3.15's."""

import numpy as np
import pytest

from hornbeam import ops, quantizers
from hornbeam.engine import dtypes

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
FOUR = np.array([[-2, 5], [0, -8], [4, 3]], "int8")


def test_abs_max():
    numbers, scale = quantizers.AbsMaxQuantizer()(X)
    np.testing.assert_array_equal(numbers, [[25, -26, 127, 21], [-52, 35, 127, 92], [-71, -127, -63, 4]])
    np.testing.assert_allclose(scale, [[198.3065], [97.39262], [100.36181]], rtol=1e-5)
    numbers, scale = quantizers.abs_max_quantize(X, (0, 1), value_range=(-8, 7), epsilon=1e-3)
    np.testing.assert_array_equal(numbers, [[1, -1, 3, 1], [-3, 2, 7, 5], [-4, -7, -3, 0]])
    np.testing.assert_allclose(scale, [[5.36398]], rtol=1e-5)


def test_groups_with_a_zero_point():
    numbers, scale, zero = quantizers.abs_max_quantize_grouped_with_zero_point(X, 2)
    np.testing.assert_array_equal(numbers, [[7, -8, 6, -6], [-8, 7, 7, 7], [-8, -8, -8, 7]])
    np.testing.assert_allclose(scale, [[0.04409, 0.03291, 0.04424, 0.05615], [0.04692, 0.08436, 0.04155, 0.00276]], atol=1e-5)
    np.testing.assert_array_equal(zero, [[4, -4, -8, -8], [7, 7, 7, -8]])
    assert [np.ravel(each)[0] for each in quantizers.abs_max_quantize_grouped_with_zero_point(np.zeros((2, 2), "float32"), 128)] == [
        -1, np.float32(2 / 15), -1,
    ]  # fmt: skip


def test_four_bits_two_to_a_byte():
    packed, shape, length = quantizers.pack_int4(FOUR)
    assert ops.convert_to_numpy(packed).tolist() == [[14, -123], [4, 3]] and shape == (2, 2) and length == 3
    for axis in (0, -1):
        np.testing.assert_array_equal(quantizers.unpack_int4(quantizers.pack_int4(FOUR, axis)[0], FOUR.shape[axis], axis), FOUR)
    assert ops.convert_to_numpy(quantizers.unpack_int4(np.array([[0x8E]], "uint8"), 2, dtype="uint8")).tolist() == [[14], [8]]
    with pytest.raises(TypeError, match="int8"):
        quantizers.pack_int4(X)


def test_fake_quantization_and_eight_bit_floats():
    found = ops.convert_to_numpy(quantizers.fake_quant_with_min_max_vars(X, -1.0, 1.0))
    np.testing.assert_allclose(found[:2], [[0.12549, -0.13333, 0.64314, 0.10196], [-0.53333, 0.36078, 1.00392, 0.94902]], atol=1e-5)
    found = quantizers.fake_quant_with_min_max_vars(X, np.full(3, -1.0), np.full(3, 0.5), num_bits=3, axis=0)
    np.testing.assert_allclose(found[2], [-0.64286, -1.07143, -0.64286, 0.0], atol=1e-5)
    assert float(quantizers.compute_float8_scale(3.0, 1.5, 57344.0, margin=1)) == pytest.approx(6 / 57344)
    assert float(quantizers.compute_float8_scale(np.float32(np.inf), np.float32(1.5), 448.0)) == 1.5
    history = quantizers.compute_float8_amax_history(X, np.arange(4.0, dtype="float32"))
    np.testing.assert_allclose(history, [1.304, 2, 3, 0], rtol=1e-4)
    found = quantizers.quantize_and_dequantize(X[0], np.float32(0.3), "float8_e4m3fn", "float32")
    np.testing.assert_allclose(found, [0.12188, -0.13125, 0.675, 0.10313], atol=1e-5)


def test_configurations():
    config = quantizers.Int8QuantizationConfig(weight_quantizer=quantizers.AbsMaxQuantizer(axis=[0, 1]))
    again = quantizers.deserialize(quantizers.serialize(config))
    assert again.mode == "int8" and again.weight_quantizer.axis == (0, 1) and again.activation_quantizer.axis == ()
    assert quantizers.get("abs_max_quantizer", axis=0).axis == (0,) and quantizers.get(None) is None
    assert quantizers.GPTQConfig(["a"], None, group_size=-1).dtype_policy_string() == "gptq/4/-1"
    assert quantizers.AWQConfig(["a"], None).get_config()["dataset"] is None
    for wrong in (lambda: quantizers.GPTQConfig([], None, weight_bits=5), lambda: quantizers.Int4QuantizationConfig(block_size=0)):
        with pytest.raises(ValueError, match="received"):
            wrong()


def test_policies():
    for name, kind in (
        ("int8_from_float32", "QuantizedDTypePolicy"), ("int4/128_from_bfloat16", "Int4DTypePolicy"),
        ("gptq/4/-1_from_float32", "GPTQDTypePolicy"),
        ("awq/4/128_from_mixed_bfloat16", "AWQDTypePolicy"), ("float8_from_float32", "QuantizedFloat8DTypePolicy"),
    ):  # fmt: skip
        policy = dtypes.as_policy(name)
        assert type(policy).__name__ == kind and policy.name == name and dtypes.as_policy(dtypes.config_of(policy)) == policy
    assert dtypes.as_policy("int4/64_from_float32").block_size == 64 and dtypes.as_policy("float32").quantization_mode is None
    for wrong in ("gptq/5/128_from_float32", "int4/0_from_float32", "int8_from_float16"):
        with pytest.raises(ValueError):
            dtypes.as_policy(wrong)
