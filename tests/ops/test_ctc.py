"""CTC decoding against what Keras 3.15 (TensorFlow) answered for these logits."""

import numpy as np
import pytest

from hornbeam import ops

RNG = np.random.default_rng(3)
LOGITS, LENGTHS = (RNG.normal(size=(2, 6, 4)) * 2).astype("float32"), np.array([6, 4], "int32")
KERAS = [
    ({}, [[[1, 2, 1], [2, 1, 1]]], [[-14.741227], [-9.682495]]),
    ({"merge_repeated": False}, [[[1, 1, 2, 1], [2, 1, 1]]], [[-14.741227], [-9.682495]]),
    ({"mask_index": 3}, [[[0, 1, 0, 2, 1], [2, 1, 0, 1]]], [[-14.741227], [-9.682495]]),
    (
        {"strategy": "beam_search", "beam_width": 8, "top_paths": 3},
        [[[1, 2, 1], [2, 1, 1]], [[3, 1, 2, 1], [2, 1]], [[1, 3, 2, 1], [2, 1, 3, 1]]],
        [[-1.504881, -2.007399, -2.286655], [-1.152333, -1.486696, -1.577202]],
    ),
    (
        {"strategy": "beam_search", "beam_width": 8, "top_paths": 2, "mask_index": 3},
        [[[0, 1, 2, 1], [2, 1, 0, 1]], [[0, 1, 0, 1], [2, 1]]],
        [[-1.194688, -1.535248], [-1.152333, -1.545426]],
    ),
]


@pytest.mark.parametrize(("arguments", "labels", "scores"), KERAS)
def test_as_keras(arguments, labels, scores):
    found, score = ops.ctc_decode(LOGITS, LENGTHS, **arguments)
    assert found.dtype == "int32"
    assert [[[c for c in row if c >= 0] for row in path] for path in found.numpy().tolist()] == labels
    # A narrow beam loses alignments, and which ones differs between searches: Keras's own two backends differ by 9e-4.
    np.testing.assert_allclose(score.numpy(), scores, atol=2e-3 if "beam_width" in arguments else 1e-5)


def test_a_wide_beam_sums_over_all_alignments():
    logs = LOGITS[0, :4] - np.logaddexp.reduce(LOGITS[0, :4], -1, keepdims=True)
    totals: dict = {}
    for path in np.ndindex(4, 4, 4, 4):
        merged = [c for t, c in enumerate(path) if c and not (t and path[t - 1] == c)]
        totals[tuple(merged)] = np.logaddexp(totals.get(tuple(merged), -np.inf), sum(logs[t, c] for t, c in enumerate(path)))
    best = sorted(totals.items(), key=lambda item: -item[1])[:3]
    labels, scores = ops.ctc_decode(LOGITS[:1, :4], np.array([4]), strategy="beam_search", beam_width=500, top_paths=3)
    assert [tuple(c for c in path[0] if c >= 0) for path in labels.numpy().tolist()] == [path for path, _ in best]
    np.testing.assert_allclose(scores.numpy()[0], [total for _, total in best], rtol=1e-5)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="'greedy' or 'beam_search'"):
        ops.ctc_decode(LOGITS, LENGTHS, strategy="best")
    with pytest.raises(ValueError, match="at most beam_width"):
        ops.ctc_decode(LOGITS, LENGTHS, strategy="beam_search", beam_width=2, top_paths=3)
