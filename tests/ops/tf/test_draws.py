"""tf.random: distributions, seeds as TensorFlow counts them, stateless seeds, generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hornbeam.tensorflow as tf
from hornbeam.engine.rng import set_random_seed

COUNT = 4000


def test_distributions_have_their_moments() -> None:
    for drawn, mean, deviation in (
        (tf.random.uniform([COUNT], 2, 6), 4.0, 4 / np.sqrt(12)),
        (tf.random.normal([COUNT], 1.0, 3.0), 1.0, 3.0),
        (tf.random.truncated_normal([COUNT], 1.0, 2.0), 1.0, 2 * 0.8796),
        (tf.random.gamma([COUNT], 4.0, beta=2.0), 2.0, 1.0),
        (tf.random.poisson([COUNT], 4.0), 4.0, 2.0),
        (tf.random.stateless_binomial([COUNT], (1, 2), 10.0, 0.3), 3.0, np.sqrt(2.1)),
        (tf.random.stateless_parameterized_truncated_normal([COUNT], (1, 2), 0.0, 1.0, 0.0, 9.0), 0.7979, 0.6028),
    ):
        values = np.asarray(drawn, np.float64)
        assert abs(values.mean() - mean) < 5 * deviation / np.sqrt(COUNT)
        assert abs(values.std() - deviation) < 0.1 * deviation


def test_integers_cover_their_range_and_need_an_end() -> None:
    assert set(np.asarray(tf.random.uniform([200], 3, 6, tf.int32)).tolist()) == {3, 4, 5}
    assert tf.random.uniform([2], maxval=2**40, dtype=tf.int64).dtype == "int64"
    with pytest.raises(ValueError, match="maxval"):
        tf.random.uniform([2], dtype=tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="minval < maxval"):
        tf.random.uniform([2], 3, 3, tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="vector"):
        tf.random.normal(3)


def test_classes_follow_their_logits() -> None:
    drawn = tf.random.categorical(tf.math.log([[0.1, 0.2, 0.7]]), COUNT)
    assert drawn.dtype == "int64" and drawn.shape == (1, COUNT)
    np.testing.assert_allclose(np.bincount(np.asarray(drawn)[0]) / COUNT, [0.1, 0.2, 0.7], atol=0.03)


def _draws(**seeded: Any) -> list[float]:
    return [float(tf.random.uniform([], **seeded)) for _ in range(3)]


def test_a_global_seed_starts_the_stream_anew() -> None:
    tf.random.set_seed(5)
    first = _draws()
    tf.random.set_seed(5)
    assert _draws() == first and len(set(first)) == 3
    tf.random.set_seed(6)
    assert _draws() != first


def test_an_operation_seed_has_a_stream_of_its_own() -> None:
    tf.random.set_seed(5)
    first = _draws(seed=1)
    _draws()
    tf.random.set_seed(5)
    _draws()  # another stream
    assert _draws(seed=1) == first and len(set(first)) == 3
    tf.random.set_seed(5)
    assert _draws(seed=2) != first
    tf.random.set_seed(6)
    assert _draws(seed=1) != first


def test_in_a_function_each_operation_has_a_stream() -> None:
    @tf.function
    def two() -> Any:
        return tf.random.uniform([], seed=1), tf.random.uniform([], seed=1), tf.random.uniform([])

    (a, b, c), (d, e, f) = two(), two()
    assert float(a) == float(b) != float(d) == float(e)
    assert float(c) != float(f)


def test_set_seed_leaves_numpy_alone_and_set_random_seed_does_not() -> None:
    np.random.seed(3)
    first = np.random.rand()
    np.random.seed(3)
    tf.random.set_seed(1)
    assert np.random.rand() == first
    set_random_seed(1)
    assert np.random.rand() != first


def test_stateless_numbers_depend_on_the_seed_alone() -> None:
    def all_of(seed: Any) -> list[list[float]]:
        return [np.ravel(each).tolist() for each in (
            tf.random.stateless_uniform([3], seed), tf.random.stateless_normal([3], seed), tf.random.stateless_truncated_normal([3], seed),
            tf.random.stateless_uniform([3], seed, None, None, tf.int32), tf.random.stateless_gamma([3], seed, 2.0),
            tf.random.stateless_poisson([3], seed, 9.0), tf.random.stateless_categorical([[0.1, 0.2]], 9, seed),
            tf.random.experimental.stateless_shuffle(tf.range(9), seed), tf.random.split(seed), tf.random.fold_in(seed, 7),
        )]  # fmt: skip

    first = all_of((1, 2))
    _draws()
    assert all_of(tf.constant([1, 2], tf.int64)) == first
    assert all(a != b for a, b in zip(all_of((1, 3)), first, strict=True))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shape \[2\]"):
        tf.random.stateless_uniform([2], seed=1)


def test_shuffles_keep_the_rows() -> None:
    x = np.arange(20).reshape(10, 2)
    drawn = np.asarray(tf.random.shuffle(x))
    assert not np.array_equal(drawn, x)
    np.testing.assert_array_equal(drawn[np.argsort(drawn[:, 0])], x)
    words = tf.random.shuffle(tf.constant(["a", "b", "c"]))
    assert sorted(np.asarray(words).tolist()) == [b"a", b"b", b"c"]


def test_index_shuffle_is_a_permutation() -> None:
    found = [int(tf.random.experimental.index_shuffle(i, [1, 2, 3], 12)) for i in range(13)]
    assert sorted(found) == list(range(13)) and found != sorted(found)


def test_a_generator_repeats_from_its_seed_and_moves_on() -> None:
    one, two = tf.random.Generator.from_seed(3), tf.random.Generator.from_seed(3)
    assert one.state.numpy().tolist() == [3, 0, 0] and one.algorithm == 1
    a, b = one.normal([4]), one.normal([4])
    np.testing.assert_array_equal(a, two.normal([4]))
    assert not np.array_equal(a, b)
    two.reset_from_seed(3)
    np.testing.assert_array_equal(a, two.normal([4]))
    three = tf.random.Generator.from_state(two.state, alg="philox")
    np.testing.assert_array_equal(three.uniform([2]), two.uniform([2]))
    assert two.uniform([3], maxval=5, dtype=tf.int32).dtype == "int32"
    assert two.make_seeds(2).shape == (2, 2) and two.uniform_full_int([2]).dtype == "uint64"
    left, right = one.split(2)
    assert not np.array_equal(left.normal([4]), right.normal([4]))


def test_a_generator_s_state_is_lifted_into_functions() -> None:
    generator = tf.random.Generator.from_seed(1)
    draw = tf.function(lambda: generator.normal([3]))
    first, second = draw(), draw()
    assert not np.array_equal(first, second)
    fresh = tf.random.Generator.from_seed(1)
    np.testing.assert_allclose(first, fresh.normal([3]), rtol=1e-6)
    np.testing.assert_allclose(second, fresh.normal([3]), rtol=1e-6)


def test_the_global_generator_can_be_replaced() -> None:
    mine = tf.random.Generator.from_seed(8)
    tf.random.set_global_generator(mine)
    assert tf.random.get_global_generator() is mine


def test_samplers_draw_what_they_expect() -> None:
    true = np.array([[0], [5]])
    drawn = [tf.random.log_uniform_candidate_sampler(true, 1, 5, True, 20) for _ in range(300)]
    counts = np.bincount(np.concatenate([each.sampled_candidates for each in drawn]), minlength=20) / 300
    assert all(len(set(np.asarray(each.sampled_candidates).tolist())) == 5 for each in drawn)
    expected = np.mean([np.asarray(each.true_expected_count)[:, 0] for each in drawn], 0)
    np.testing.assert_allclose(counts[[0, 5]], expected, atol=0.09)
    with pytest.raises(ValueError, match="cannot be drawn"):
        tf.random.uniform_candidate_sampler(true, 1, 9, True, 8)


def test_sampled_losses_train_under_a_function() -> None:
    weights, biases = tf.Variable(tf.zeros([50, 4])), tf.Variable(tf.zeros([50]))
    rows, labels = tf.random.normal([6, 4]), tf.constant([[1], [2], [3], [4], [5], [6]], tf.int64)

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, labels, rows, 8, 50))
        for variable, gradient in zip((weights, biases), tape.gradient(loss, [weights, biases]), strict=True):
            variable.assign_sub(0.5 * tf.convert_to_tensor(gradient))
        return loss

    losses = [float(step()) for _ in range(20)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("rate", [0.25, 0.8])
def test_dropout_keeps_the_mean(rate: float) -> None:
    out = np.asarray(tf.nn.dropout(tf.ones([COUNT]), rate))
    assert set(np.unique(out).tolist()) == {0.0, np.float32(1 / (1 - rate))}
    assert abs(out.mean() - 1) < 0.15
    seeded = [np.asarray(tf.nn.experimental.stateless_dropout(tf.ones([20]), rate, seed=(1, 2))) for _ in range(2)]
    np.testing.assert_array_equal(*seeded)
