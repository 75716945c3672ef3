"""Losses over a sample of the classes, for outputs of very many: candidate samplers, noise-contrastive estimation, sampled softmax."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from hornbeam.engine.door import op
from hornbeam.engine.errors import ArgumentError, ShapeError
from hornbeam.engine.rng import operation_key
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels.host_call import host_call
from hornbeam.ops.tf.logits import _sigmoid_cross_entropy, _softmax_cross_entropy


class Candidates(NamedTuple):
    """Sampled classes (num_sampled,), and how often each true and each sampled class was to be expected."""

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def _draw(key: np.ndarray, true: np.ndarray, chances: np.ndarray, count: int, unique: bool) -> tuple[np.ndarray, ...]:
    generator = np.random.Generator(np.random.Philox(int(key[0]) << 32 | int(key[1])))
    total = np.cumsum(chances)

    def some(number: int) -> np.ndarray:
        return np.minimum(np.searchsorted(total, generator.random(number) * total[-1], "right"), len(chances) - 1)

    if not unique:
        found, expected = some(count), chances * count
    else:
        seen: dict[int, None] = {}
        tries = 0
        while len(seen) < count:
            for each in some(count).tolist():
                tries += 1
                seen[each] = None
                if len(seen) == count:
                    break
        found, expected = np.array(list(seen)), -np.expm1(tries * np.log1p(-np.minimum(chances, 1 - 1e-12)))
    return found.astype(np.int64), expected[true].astype(np.float32), expected[found].astype(np.float32)


@op(2, "same", differentiable=False, name="tf.nn.candidate_sampler",
    host=lambda key, true, chances, count, unique: _draw(key, true, np.asarray(chances), count, unique))  # fmt: skip
def _sampled(key: Any, true: Any, chances: tuple, count: int, unique: bool) -> Any:
    shapes = (
        jax.ShapeDtypeStruct((count,), np.int64), jax.ShapeDtypeStruct(true.shape, np.float32), jax.ShapeDtypeStruct((count,), np.float32)
    )  # fmt: skip
    values = np.asarray(chances)
    return host_call(lambda k, t: _draw(k, t, values, count, unique), shapes, key, true)


def _candidates(
    name: str, true_classes: Any, num_true: int, num_sampled: int, unique: bool, chances: np.ndarray, seed: Any
) -> Candidates:
    true = as_tensor(true_classes, "int64")
    if true.ndim != 2 or true.shape[1] not in (None, int(num_true)):
        raise ShapeError(f"{name}: true_classes have shape (batch, num_true), int64; received {true.shape} with num_true={num_true}.")
    if unique and num_sampled > np.count_nonzero(chances):
        raise ArgumentError(f"{name}: {num_sampled} different classes cannot be drawn of {np.count_nonzero(chances)}.")
    return Candidates(*_sampled(operation_key(name, seed), true, tuple(chances.tolist()), int(num_sampled), bool(unique)))


def log_uniform_candidate_sampler(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, range_max: int, seed: int | None = None, name: str | None = None
) -> Candidates:
    """Classes below `range_max` by Zipf's law: class c with probability log((c + 2) / (c + 1)) / log(range_max + 1)."""
    classes = np.arange(range_max)
    chances = np.log((classes + 2) / (classes + 1)) / np.log(range_max + 1)
    return _candidates("log_uniform_candidate_sampler", true_classes, num_true, num_sampled, unique, chances, seed)


def uniform_candidate_sampler(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, range_max: int, seed: int | None = None, name: str | None = None
) -> Candidates:
    """Classes below `range_max`, all equally likely."""
    return _candidates("uniform_candidate_sampler", true_classes, num_true, num_sampled, unique, np.full(range_max, 1 / range_max), seed)


def fixed_unigram_candidate_sampler(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, range_max: int, vocab_file: str = "", distortion: float = 1.0,
    num_reserved_ids: int = 0, num_shards: int = 1, shard: int = 0, unigrams: Any = (), seed: int | None = None, name: str | None = None,
) -> Candidates:  # fmt: skip
    """Classes by given counts to the power `distortion`: `unigrams`, or the last column of `vocab_file`'s lines."""
    word = "fixed_unigram_candidate_sampler"
    counts = [float(each) for each in unigrams]
    if vocab_file:
        with open(vocab_file, encoding="utf-8") as lines:
            counts = [float(line.rsplit(",", 1)[-1]) for line in lines if line.strip()]
    counts = [0.0] * num_reserved_ids + counts
    if len(counts) != range_max:
        raise ArgumentError(f"{word}: range_max ({range_max}) is the number of counts and reserved ids; there are {len(counts)}.")
    weights = np.where(np.asarray(counts) > 0, np.asarray(counts) ** distortion, 0)
    weights = np.where(np.arange(range_max) % num_shards == shard, weights, 0)
    return _candidates(word, true_classes, num_true, num_sampled, unique, weights / weights.sum(), seed)


def all_candidate_sampler(
    true_classes: Any, num_true: int, num_sampled: int, unique: bool, seed: int | None = None, name: str | None = None
) -> Candidates:
    """Every class, each once: for tests."""
    true = as_tensor(true_classes, "int64")
    ones = np.ones(int(num_sampled), np.float32)
    return Candidates(as_tensor(np.arange(int(num_sampled))), as_tensor(np.ones(tuple(true.shape), np.float32)), as_tensor(ones))


@op(7, "same", name="tf.nn.sampled_logits")
def _logits(
    weights: Any, biases: Any, labels: Any, inputs: Any, sampled: Any, expected_true: Any, expected: Any, remove: bool
) -> tuple[Any, Any]:
    """The logits of the true and of the sampled classes, side by side, less the logarithms of their expected counts; and their labels."""
    count = labels.shape[1]
    true = jnp.einsum("bd,btd->bt", inputs, weights[labels]) + biases[labels] - jnp.log(expected_true).astype(inputs.dtype)
    other = inputs @ weights[sampled].T + biases[sampled] - jnp.log(expected).astype(inputs.dtype)
    if remove:
        hit = (labels[:, :, None] == sampled[None, None, :]).any(1)
        other = jnp.where(hit, np.asarray(jnp.finfo(other.dtype).min, other.dtype), other)
    targets = jnp.concatenate([jnp.full(true.shape, 1 / count, true.dtype), jnp.zeros(other.shape, true.dtype)], 1)
    return jnp.concatenate([true, other], 1), jax.lax.stop_gradient(targets)


@op(name="tf.nn.row_sums")
def _row_sums(x: Any) -> Any:
    return jnp.sum(x, -1)


def _prepared(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int, num_true: int, sampled_values: Any,
    remove: bool, seed: Any,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    labels = as_tensor(labels, "int64")
    if sampled_values is None:
        sampled_values = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
    sampled, expected_true, expected = (as_tensor(each) for each in sampled_values)
    return _logits(as_tensor(weights), as_tensor(biases), labels, as_tensor(inputs), sampled, expected_true, expected, bool(remove))


def nce_loss(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int, num_true: int = 1,
    sampled_values: Any = None, remove_accidental_hits: bool = False, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Noise-contrastive estimation's loss for each row (Gutmann and Hyvarinen 2010): the true class told from sampled ones.

    Args:
        weights: (num_classes, dim). biases: (num_classes,). labels: int64 (batch, num_true). inputs: (batch, dim).
        sampled_values: what a candidate sampler gave; by default `log_uniform_candidate_sampler` draws.
    """
    logits, targets = _prepared(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits, None
    )
    return _row_sums(_sigmoid_cross_entropy(targets, logits))


def sampled_softmax_loss(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int, num_true: int = 1,
    sampled_values: Any = None, remove_accidental_hits: bool = True, seed: int | None = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Softmax cross-entropy among the true class and sampled ones, for each row (Jean et al. 2014). Arguments as in `nce_loss`."""
    logits, targets = _prepared(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits, seed
    )
    return _softmax_cross_entropy(targets, logits, -1)
