"""Cross-entropies, encodings, normalizations, attention, CTC, convolutions and random numbers: facts and formulas."""

import itertools

import numpy as np
import pytest

import hornbeam as hb
from hornbeam import ops, random

draw = np.random.default_rng(0)


# Facts measured by running Keras 3.15 on TensorFlow.
def test_cross_entropies_as_keras_clips_them():
    np.testing.assert_allclose(ops.binary_crossentropy([0.0, 1, 1], [1.0, 0, 1]), [15.942385, 16.118095, 1.1920929e-7], rtol=1e-6)
    np.testing.assert_allclose(ops.categorical_crossentropy(np.eye(2, dtype="f4"), [[2.0, 6], [1, 1]]), np.log([4, 2]), rtol=1e-6)
    np.testing.assert_allclose(ops.sparse_categorical_crossentropy([0, 1], [[2.0, 6], [1, 1]]), np.log([2, 2]), rtol=1e-6)
    logits = draw.normal(size=(4, 3))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    labels = np.array([2, 0, 1, 1])
    expected = -np.log(p[np.arange(4), labels])
    for out in (
        ops.sparse_categorical_crossentropy(labels, p), ops.sparse_categorical_crossentropy(labels[:, None], logits, from_logits=True),
        ops.sparse_categorical_crossentropy(labels, logits.T, from_logits=True, axis=0),
        ops.categorical_crossentropy(np.eye(3)[labels], p), ops.categorical_crossentropy(np.eye(3)[labels], logits, from_logits=True),
    ):  # fmt: skip
        np.testing.assert_allclose(out, expected, rtol=1e-6)
    np.testing.assert_allclose(ops.binary_crossentropy([0.0, 1.0], [800.0, -800.0], from_logits=True), [800, 800])  # no overflow


def test_cross_entropy_shape_errors():
    with pytest.raises(ValueError, match="one integer label for each row"):
        ops.sparse_categorical_crossentropy(np.zeros((4, 3), int), np.ones((4, 3), "f4"))
    with pytest.raises(ValueError, match="of one shape"):
        ops.categorical_crossentropy(np.zeros((4, 2)), np.ones((4, 3)))


def test_encodings():
    np.testing.assert_array_equal(ops.one_hot([1, -1, 5], 3), [[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(ops.one_hot([[0, 1]], 2, axis=1), [[[1, 0], [0, 1]]])
    np.testing.assert_array_equal(ops.multi_hot([[0, 2], [1, 1]], 3), [[1, 0, 1], [0, 1, 0]])
    np.testing.assert_array_equal(ops.in_top_k([2, 0], [[0.5, 0.5, 0.5], [0.1, 0.9, 0.3]], 2), [True, False])


def test_normalizations():
    x = draw.normal(size=(6, 4)) * 3 + 1
    mean, variance = ops.moments(x, 0)
    np.testing.assert_allclose([mean, variance], [x.mean(0), x.var(0)], rtol=1e-9)
    out = ops.batch_normalization(x, mean, variance, -1, epsilon=1e-3)
    np.testing.assert_allclose(out, (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3), rtol=1e-9)
    out = ops.layer_normalization(x, 2 * np.ones(4), np.ones(4), epsilon=1e-3)
    np.testing.assert_allclose(out, 2 * (x - x.mean(1)[:, None]) / np.sqrt(x.var(1)[:, None] + 1e-3) + 1, rtol=1e-9)
    np.testing.assert_allclose(ops.rms_normalization(x), x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-7), rtol=1e-9)
    np.testing.assert_allclose(ops.normalize(x), x / np.linalg.norm(x, axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_array_equal(ops.normalize(np.zeros((2, 2))), np.zeros((2, 2)))


def test_attention():
    q, k, v = (draw.normal(size=(2, 5, 3, 4)) for _ in range(3))
    logits = np.einsum("btnh,bsnh->bnts", q, k) / 2
    for causal in (False, True):
        masked = np.where(np.tri(5) > 0, logits, -np.inf) if causal else logits
        p = np.exp(masked) / np.exp(masked).sum(-1, keepdims=True)
        expected = np.einsum("bnts,bsnh->btnh", p, v)
        np.testing.assert_allclose(ops.dot_product_attention(q, k, v, is_causal=causal), expected, rtol=1e-9)
    np.testing.assert_allclose(ops.dot_product_attention(q, k, v, mask=np.tri(5) > 0), expected, rtol=1e-9)


def test_ctc_counts_every_path():
    logits = draw.normal(size=(1, 5, 3))
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(-1, keepdims=True)
    for label in ([1, 2], [1, 1], [2]):
        total = 0.0
        for path in itertools.product(range(3), repeat=5):
            if [c for c, _ in itertools.groupby(path) if c] == label:
                total += np.prod(p[np.arange(5), path])
        target = np.array([label + [0] * (2 - len(label))])
        np.testing.assert_allclose(ops.ctc_loss(target, logits, [len(label)], [5]), -np.log(total), rtol=1e-6)


# Convolutions by their definition.
def naive_conv(x, kernel, strides, pads, dilation=1):
    x = np.pad(x, [(0, 0), *pads, (0, 0)])
    reach = [(k - 1) * dilation + 1 for k in kernel.shape[:2]]
    rows, columns = [(n - r) // strides + 1 for n, r in zip(x.shape[1:3], reach, strict=True)]
    out = np.zeros((x.shape[0], rows, columns, kernel.shape[-1]))
    for i, j in itertools.product(range(rows), range(columns)):
        window = x[:, i * strides : i * strides + reach[0] : dilation, j * strides : j * strides + reach[1] : dilation]
        out[:, i, j] = np.tensordot(window, kernel, 3)
    return out


@pytest.mark.parametrize(("strides", "dilation"), [(1, 1), (2, 1), (1, 2)])
def test_conv(strides, dilation):
    x, kernel = draw.normal(size=(2, 7, 6, 3)), draw.normal(size=(3, 2, 3, 4))
    expected = naive_conv(x, kernel, strides, [(0, 0), (0, 0)], dilation)
    np.testing.assert_allclose(ops.conv(x, kernel, strides, dilation_rate=dilation), expected, rtol=1e-9)
    first = ops.conv(x.transpose(0, 3, 1, 2), kernel, strides, "valid", "channels_first", dilation)
    np.testing.assert_allclose(np.moveaxis(np.asarray(first), 1, -1), expected, rtol=1e-9)
    if dilation == 1:
        spread = [max((-(-n // strides) - 1) * strides + k - n, 0) for n, k in zip((7, 6), (3, 2), strict=True)]
        pads = [(s // 2, s - s // 2) for s in spread]
        np.testing.assert_allclose(ops.conv(x, kernel, strides, "same"), naive_conv(x, kernel, strides, pads), rtol=1e-9)


@pytest.mark.parametrize(
    ("padding", "strides", "output_padding", "size", "total"),  # shapes and sums of Keras 3.15 on TensorFlow
    [("same", 2, None, 8, 48852.6), ("same", 2, 0, 7, 42266.0), ("same", 2, 1, 8, 48852.6), ("valid", 2, None, 9, 60796.8),
     ("valid", 2, 1, 10, 60796.8), ("valid", 3, 0, 12, 60796.8), ("same", 3, 1, 11, 48852.6)],
)  # fmt: skip
def test_conv_transpose(padding, strides, output_padding, size, total):
    x = np.arange(96, dtype=np.float32).reshape(2, 4, 4, 3) / 10
    kernel = (np.arange(135, dtype=np.float32) % 7).reshape(3, 3, 5, 3)
    out = ops.conv_transpose(x, kernel, strides, padding, output_padding)
    assert out.shape == (2, size, size, 5)
    np.testing.assert_allclose(ops.sum(out), total, rtol=1e-5)


def test_depthwise_and_separable_conv():
    x, kernel = draw.normal(size=(1, 5, 5, 2)), draw.normal(size=(3, 3, 2, 3))
    expected = np.concatenate([naive_conv(x[..., c : c + 1], kernel[:, :, c : c + 1], 1, [(0, 0)] * 2) for c in (0, 1)], -1)
    np.testing.assert_allclose(ops.depthwise_conv(x, kernel), expected, rtol=1e-9)
    point = draw.normal(size=(1, 1, 6, 4))
    np.testing.assert_allclose(ops.separable_conv(x, kernel, point), expected @ point[0, 0], rtol=1e-9)


def test_pooling():
    x = draw.normal(size=(2, 5, 4, 3))
    blocks = x[:, :4].reshape(2, 2, 2, 2, 2, 3)
    np.testing.assert_allclose(ops.max_pool(x, 2), blocks.max((2, 4)), rtol=1e-12)
    np.testing.assert_allclose(ops.average_pool(x, 2), blocks.mean((2, 4)), rtol=1e-12)
    assert ops.max_pool(x, 2, padding="same").shape == (2, 3, 2, 3)
    np.testing.assert_allclose(ops.average_pool(np.ones((1, 3, 3, 1)), 2, padding="same"), np.ones((1, 2, 2, 1)))
    np.testing.assert_allclose(ops.adaptive_average_pool(x, 1)[:, 0, 0], x.mean((1, 2)), rtol=1e-12)


def test_conv_errors_name_shapes():
    with pytest.raises(ValueError, match="3 channels"):
        ops.conv(np.ones((1, 4, 4, 3)), np.ones((3, 3, 2, 1)))
    with pytest.raises(ValueError, match="'valid' or 'same'"):
        ops.conv(np.ones((1, 4, 4, 3)), np.ones((3, 3, 3, 1)), padding="full")


# Random numbers.
def test_seeds():
    a, b = (np.asarray(random.normal((100,), seed=5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    stream = hb.SeedGenerator(5)
    first, second = (np.asarray(random.normal((100,), seed=stream)) for _ in range(2))
    np.testing.assert_array_equal(first, a)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.4
    hb.set_random_seed(1)
    one = np.asarray(random.uniform((3,)))
    hb.set_random_seed(1)
    np.testing.assert_array_equal(one, random.uniform((3,)))


@pytest.mark.parametrize(
    ("call", "mean", "std"),
    [(lambda: random.normal((20_000,), 2.0, 3.0, seed=1), 2, 3), (lambda: random.truncated_normal((20_000,), seed=1), 0, 0.8796),
     (lambda: random.uniform((20_000,), -1.0, 3.0, seed=1), 1, 4 / 12**0.5), (lambda: random.gamma((20_000,), 4.0, seed=1), 4, 2),
     (lambda: random.beta((20_000,), 2.0, 2.0, seed=1), 0.5, 0.05**0.5),
     (lambda: random.binomial((20_000,), 10.0, 0.3, seed=1), 3, 2.1**0.5),
     (lambda: random.randint((20_000,), 0, 10, seed=1), 4.5, 8.25**0.5)],
)  # fmt: skip
def test_distributions(call, mean, std):
    out = np.asarray(call()).astype(np.float64)
    assert abs(out.mean() - mean) < 5 * std / 20_000**0.5
    assert abs(out.std() / std - 1) < 0.03


def test_dropout():
    x = ops.ones((200, 100))
    out = np.asarray(random.dropout(x, 0.3, seed=1))
    assert set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.7)} and abs(out.mean() - 1) < 0.02
    rows = np.asarray(random.dropout(x, 0.5, noise_shape=(None, 1), seed=1))
    assert (rows == rows[:, :1]).all() and 60 < (rows[:, 0] > 0).sum() < 140
    np.testing.assert_array_equal(random.dropout(x, 0.0), x)
    np.testing.assert_array_equal(random.dropout(x, 1.0), 0 * x)
    with pytest.raises(ValueError, match="rate"):
        random.dropout(x, 1.5)


def test_categorical_and_shuffle():
    drawn = np.asarray(random.categorical(np.log([[0.2, 0.8]]).repeat(2, 0), 5000, seed=2))
    assert drawn.shape == (2, 5000) and abs(drawn.mean() - 0.8) < 0.02
    shuffled = np.asarray(random.shuffle(np.arange(50), seed=2))
    assert sorted(shuffled) == list(range(50)) and (shuffled != np.arange(50)).any()


# Other things with an exact answer.
def test_signals():
    x = draw.normal(size=(2, 32))
    spectrum = np.fft.rfft(x)
    real, imaginary = ops.rfft(x)
    np.testing.assert_allclose(np.asarray(real) + 1j * np.asarray(imaginary), spectrum, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ops.irfft((real, imaginary)), x, rtol=1e-9)
    np.testing.assert_allclose(ops.istft(ops.stft(x, 8, 2, 8), 8, 2, 8, length=32), x, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(ops.extract_sequences(np.arange(6), 3, 2), [[0, 1, 2], [2, 3, 4]])


def test_rearrangements():
    x = np.arange(48).reshape(2, 4, 6)
    np.testing.assert_array_equal(
        ops.rearrange(x, "b (h p) w -> (b h) w p", p=2), x.reshape(2, 2, 2, 6).transpose(0, 1, 3, 2).reshape(4, 6, 2)
    )
    with pytest.raises(ValueError, match="same axes"):
        ops.rearrange(x, "a b c -> a b")
    image = np.arange(16.0).reshape(1, 2, 2, 4)
    np.testing.assert_array_equal(ops.depth_to_space(image, 2)[0, 0, :, 0], [0, 1, 4, 5])
    np.testing.assert_array_equal(ops.space_to_depth(ops.depth_to_space(image, 2), 2), image)
    flat = ops.unfold(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    np.testing.assert_array_equal(ops.fold(flat, 4, 2)[0, 0, 0], [0, 2, 4, 3])


def test_counts():
    np.testing.assert_array_equal(ops.bincount([[1, 2], [2, 2]], minlength=4), [[0, 1, 1, 0], [0, 0, 2, 0]])
    values, counts = ops.unique([3, 1, 1], return_counts=True)
    assert values.tolist() == [1, 3] and counts.tolist() == [2, 1]
    assert ops.unique([3, 1, 1], size=4).tolist() == [1, 3, 0, 0]
    np.testing.assert_array_equal(ops.segment_sum(np.eye(3), [0, 1, 0]), [[1, 0, 1], [0, 1, 0]])
    with pytest.warns(UserWarning, match="minlength"):  # a function that cannot be compiled runs as Python
        assert hb.function(lambda x: ops.bincount(x))(hb.Tensor([1, 2])).tolist() == [0, 1, 1]
    np.testing.assert_array_equal(ops.nanargmax(np.full((2, 2), np.nan), axis=1), [-1, -1])
