"""Layers that draw random numbers: their statistics, and that a seed fixes them."""

import numpy as np
import pytest

import hornbeam as hb

L = hb.layers
ROWS = 4 + np.random.default_rng(0).normal(size=(200, 500)).astype(np.float32)


def test_gaussian_noise():
    noise = (L.GaussianNoise(0.5, seed=1)(ROWS, training=True) - ROWS).numpy()
    assert abs(noise.mean()) < 0.01 and abs(noise.std() - 0.5) < 0.01
    assert abs(np.corrcoef(noise.ravel(), ROWS.ravel())[0, 1]) < 0.02


def test_gaussian_dropout():
    factors = (L.GaussianDropout(0.2, seed=1)(ROWS, training=True) / ROWS).numpy()
    assert abs(factors.mean() - 1) < 0.01 and abs(factors.std() - 0.5) < 0.01  # sqrt(0.2 / 0.8)


def test_alpha_dropout_keeps_mean_and_variance():
    rows = ROWS - 4
    y = L.AlphaDropout(0.3, seed=1)(rows, training=True).numpy()
    assert abs(y.mean()) < 0.02 and abs(y.std() - 1) < 0.02
    lowest, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / y.size - 0.3) < 0.01  # the saturated ones share one value
    saturated = lowest[counts.argmax()]
    scale = (0.7 * (1 + 0.3 * 1.7580993408473766**2)) ** -0.5
    np.testing.assert_allclose(saturated, scale * -1.7580993408473766 * 0.7, rtol=1e-5)
    kept = y != saturated
    np.testing.assert_allclose(y[kept], rows[kept] * scale + 1.7580993408473766 * 0.3 * scale, rtol=1e-4, atol=1e-5)


def test_alpha_dropout_noise_shape():
    y = L.AlphaDropout(0.5, noise_shape=(None, 1), seed=1)(ROWS, training=True).numpy()
    constant = np.ptp(y, axis=1) < 1e-6
    assert 0.3 < constant.mean() < 0.7


@pytest.mark.parametrize(
    ("make", "shape", "axes"),
    [
        (lambda: L.SpatialDropout1D(0.4, seed=3), (50, 6, 40), (1,)),
        (lambda: L.SpatialDropout2D(0.4, seed=3), (50, 3, 2, 40), (1, 2)),
        (lambda: L.SpatialDropout2D(0.4, data_format="channels_first", seed=3), (50, 40, 3, 2), (2, 3)),
        (lambda: L.SpatialDropout3D(0.4, seed=3), (50, 3, 2, 2, 40), (1, 2, 3)),
    ],
)
def test_spatial_dropout(make, shape, axes):
    """Whole channels of an example go together, a share `rate` of them; the rest is scaled up."""
    y = make()(np.ones(shape, np.float32), training=True).numpy()
    assert (np.ptp(y, axis=axes) == 0).all()
    values, counts = np.unique(y, return_counts=True)
    np.testing.assert_allclose(values, [0, 1 / 0.6], rtol=1e-6)
    assert abs(counts[0] / y.size - 0.4) < 0.05


@pytest.mark.parametrize("kind", ["GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D"])
def test_a_seed_fixes_the_numbers(kind):
    rows = ROWS[:8, :24].reshape(8, 4, 6)
    first, second, other = (getattr(L, kind)(0.5, seed=seed) for seed in (7, 7, 8))
    a, b = first(rows, training=True), first(rows, training=True)
    np.testing.assert_array_equal(a, second(rows, training=True))
    np.testing.assert_array_equal(b, second(rows, training=True))
    assert not np.array_equal(a, b), "each call draws anew"
    assert not np.array_equal(a, other(rows, training=True))
    np.testing.assert_array_equal(first(rows), rows)  # at rest in inference


def test_activity_regularization_is_in_the_loss():
    rows = ROWS[:4, :3]
    layer = L.ActivityRegularization(l1=0.1, l2=0.2)
    layer(rows)
    np.testing.assert_allclose(float(layer.losses[0]), (0.1 * abs(rows).sum() + 0.2 * (rows**2).sum()) / 4, rtol=1e-5)
