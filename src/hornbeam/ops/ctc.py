"""Reading the output of a network trained with `ctc_loss` (Graves et al. 2006): the likeliest labels."""

from typing import Any

import jax
import numpy as np

from hornbeam.engine.door import cast, op
from hornbeam.engine.errors import ArgumentError
from hornbeam.engine.tensor import Tensor, as_tensor
from hornbeam.kernels.host_call import host_call


@op(2, "same", differentiable=False, name="ctc_decode")
def _ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str, beam_width: int, top_paths: int, merge_repeated: bool, mask_index: int
) -> tuple[Any, Any]:
    batch, time, _ = inputs.shape
    shapes = (
        jax.ShapeDtypeStruct((top_paths, batch, time), np.int32),
        jax.ShapeDtypeStruct((batch, top_paths), np.float32),
    )

    def decode(logits: Any, lengths: Any) -> tuple[np.ndarray, np.ndarray]:
        labels, scores = np.full(shapes[0].shape, -1, np.int32), np.full(shapes[1].shape, -np.inf, np.float32)
        for i, (row, length) in enumerate(zip(logits.astype(np.float64), lengths, strict=True)):
            found = [_greedy(row[:length], merge_repeated, mask_index)] if strategy == "greedy" else _beams(
                row[:length], beam_width, mask_index
            )
            for rank, (path, score) in enumerate(found[:top_paths]):
                labels[rank, i, : len(path)] = path
                scores[i, rank] = score
        return labels, scores

    return host_call(decode, shapes, inputs, sequence_lengths)


def _greedy(logits: np.ndarray, merge_repeated: bool, blank: int) -> tuple[list[int], float]:
    """The likeliest class of each step, without repeats and blanks; minus the sum of their logits."""
    path = logits.argmax(-1)
    kept = [int(c) for t, c in enumerate(path) if c != blank and not (merge_repeated and t and path[t - 1] == c)]
    return kept, -float(logits.max(-1).sum())


def _beams(logits: np.ndarray, width: int, blank: int) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest label sequences with their log probabilities, by a search that keeps `width` of them at each step.

    For each sequence it sums over its alignments that end in a blank and in its last label apart: a label seen again after a blank
    is a new one, without a blank the same.
    """
    logs = logits - np.logaddexp.reduce(logits, -1, keepdims=True)
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}  # log probability ending in a blank, and not
    for step in logs:
        found: dict[tuple[int, ...], list[float]] = {}
        for path, (after_blank, after_label) in beams.items():
            total = np.logaddexp(after_blank, after_label)
            same = found.setdefault(path, [-np.inf, -np.inf])
            same[0] = np.logaddexp(same[0], total + step[blank])
            if path:
                same[1] = np.logaddexp(same[1], after_label + step[path[-1]])
            for label, log in enumerate(step):
                if label != blank:
                    longer = found.setdefault((*path, label), [-np.inf, -np.inf])
                    longer[1] = np.logaddexp(longer[1], (after_blank if path and path[-1] == label else total) + log)
        best = sorted(found.items(), key=lambda item: -np.logaddexp(*item[1]))[:width]
        beams = {path: (ends[0], ends[1]) for path, ends in best}
    return [(path, float(np.logaddexp(*ends))) for path, ends in beams.items()]


def ctc_decode(
    inputs: Any, sequence_lengths: Any, strategy: str = "greedy", beam_width: int = 100, top_paths: int = 1, merge_repeated: bool = True,
    mask_index: int = 0,
) -> tuple[Tensor, Tensor]:
    """The likeliest label sequences for the logits of a CTC model. Runs on the host.

    Args:
        inputs: logits, (batch, time, classes). sequence_lengths: (batch,), how many steps of each count.
        strategy: 'greedy' (the likeliest class of each step) or 'beam_search'.
        beam_width, top_paths: of the beam search: how many sequences it keeps, and how many it gives.
        merge_repeated: of the greedy one: whether a class repeated without a blank is one label. mask_index: the blank.

    Returns: labels (paths, batch, time), int32, -1 after the end; and scores (batch, paths): log probabilities of the sequences, for
    'greedy' minus the sum of the logits taken.
    """
    if strategy not in ("greedy", "beam_search"):
        raise ArgumentError(f"ctc_decode: strategy is 'greedy' or 'beam_search'; received {strategy!r}.")
    paths = 1 if strategy == "greedy" else int(top_paths)
    if paths > beam_width:
        raise ArgumentError(f"ctc_decode: top_paths ({top_paths}) is at most beam_width ({beam_width}).")
    lengths = cast(as_tensor(sequence_lengths), "int32")
    return _ctc_decode(inputs, lengths, strategy, int(beam_width), paths, bool(merge_repeated), int(mask_index))
