"""Initializers: reproducible draws, moments, errors that name what was wrong."""

import numpy as np
import pytest

from hornbeam import initializers
from hornbeam.engine import SeedGenerator, set_random_seed
from hornbeam.engine.errors import ArgumentError
from hornbeam.initializers.random import fans

RANDOM = ["GlorotUniform", "HeNormal", "LecunUniform", "RandomNormal", "RandomUniform", "TruncatedNormal", "Orthogonal"]


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_fixes_the_draw_and_its_absence_does_not(name):
    make = getattr(initializers, name)
    seeded = np.asarray(make(seed=3)((4, 5)))
    assert np.array_equal(seeded, np.asarray(make(seed=3)((4, 5))))
    assert not np.array_equal(seeded, np.asarray(make(seed=4)((4, 5))))
    assert not np.array_equal(np.asarray(make()((4, 5))), np.asarray(make()((4, 5))))
    unseeded = make()
    assert np.array_equal(np.asarray(unseeded((4, 5))), np.asarray(unseeded((4, 5))))


def test_the_global_seed_reaches_unseeded_initializers():
    set_random_seed(7)
    first = np.asarray(initializers.GlorotUniform()((4, 5)))
    set_random_seed(7)
    assert np.array_equal(first, np.asarray(initializers.GlorotUniform()((4, 5))))


def test_a_seed_generator_gives_new_values_on_each_call_and_survives_a_config():
    make = lambda: initializers.RandomNormal(seed=SeedGenerator(5))
    initializer = make()
    first, second = np.asarray(initializer((6,))), np.asarray(initializer((6,)))
    assert not np.array_equal(first, second)
    again = initializers.deserialize(initializers.serialize(make()))
    assert np.array_equal(np.asarray(again((6,))), first)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32"])
def test_dtype_is_the_one_asked_for(dtype):
    assert initializers.Ones()((2, 3), dtype=dtype).dtype == dtype
    assert initializers.HeNormal(seed=1)((2, 3), dtype=dtype).dtype == dtype


@pytest.mark.parametrize(
    ("shape", "expected"), [((), (1, 1)), ((5,), (5, 5)), ((4, 6), (4, 6)), ((3, 3, 4, 6), (36, 54)), ((0, 6), (0, 6))]
)
def test_fans(shape, expected):
    assert fans(shape) == expected


def test_named_axes_replace_the_last_two():
    limit = np.abs(np.asarray(initializers.VarianceScaling(1, "fan_in", "uniform", 1, (0, 1), (2,))((30, 40, 6)))).max()
    assert limit == pytest.approx(np.sqrt(3 / 1200), rel=1e-2)


def test_truncation_keeps_the_standard_deviation_and_cuts_at_two():
    values = np.asarray(initializers.HeNormal(seed=1)((300, 200)))
    assert values.std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert np.abs(values).max() <= 2 * np.sqrt(2 / 300) / 0.8796 * 1.0001


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: initializers.get("glorot_unifrom"), "Did you mean 'glorot_uniform'"),
        (lambda: initializers.VarianceScaling(-1.0), "scale"),
        (lambda: initializers.VarianceScaling(mode="fan"), "fan_avg"),
        (lambda: initializers.VarianceScaling(distribution="gauss"), "untruncated_normal"),
        (lambda: initializers.Identity()((3,)), r"\(3,\)"),
        (lambda: initializers.Orthogonal()((3,)), r"\(3,\)"),
        (lambda: initializers.Zeros()((None, 3)), "known"),
        (lambda: initializers.get(np.zeros((2, 2)))((3, 2)), r"\(2, 2\)"),
        (lambda: initializers.Constant([1.0, 2.0])((3,)), "does not fill"),
    ],
)
def test_errors_name_the_cause(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


def test_identity_keeps_its_gain_in_a_config():
    again = initializers.deserialize(initializers.serialize(initializers.Identity(3.0)))
    assert np.array_equal(np.asarray(again((2, 2))), 3.0 * np.eye(2))


def test_stft_mistakes():
    for arguments in ({"side": "both"}, {"scaling": "power"}):
        with pytest.raises(ArgumentError, match="STFT"):
            initializers.STFT(**arguments)
    with pytest.raises(ArgumentError, match="window"):
        initializers.STFT(window="nothing")((8, 1, 5))
    with pytest.raises(ArgumentError, match="7"):
        initializers.STFT(window=np.ones(7))((8, 1, 5))
    with pytest.raises(ArgumentError, match="frame length"):
        initializers.STFT()((8, 5))


def test_stft_is_a_fourier_transform():
    frame = np.random.default_rng(0).normal(size=16)
    real, imaginary = (initializers.STFT(side, None, None)((16, 1, 9)).numpy()[:, 0] for side in ("real", "imag"))
    np.testing.assert_allclose(frame @ real + 1j * (frame @ imaginary), np.fft.rfft(frame), atol=1e-5)


def test_tensorflows_own_draw_anew():
    """`init = tf.random_normal_initializer()` gives each variable made with it other values; Keras's object gives the same again."""
    import hornbeam.tensorflow as tf

    for make, keras_name in ((tf.random_normal_initializer, "RandomNormal"), (tf.random_uniform_initializer, "RandomUniform")):
        init, seeded, kept = make(), make(seed=3), getattr(initializers, keras_name)()
        assert not np.array_equal(init((2, 2)), init((2, 2)))
        assert np.array_equal(seeded((2, 2)), seeded((2, 2))) and np.array_equal(kept((2, 2)), kept((2, 2)))
        assert initializers.serialize(init)["class_name"] == keras_name
