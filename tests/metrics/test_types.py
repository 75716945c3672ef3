"""32-bit inputs make no 64-bit number anywhere in the program of a loss, a metric or an optimizer's step."""

import re

import jax
import numpy as np
import pytest

from hornbeam import Variable, losses, metrics, optimizers
from hornbeam.engine import Lifted

RNG = np.random.default_rng(0)
BINARY = RNG.integers(0, 2, (8, 4)).astype("float32"), RNG.random((8, 4)).astype("float32")
CLASSES = RNG.integers(0, 4, 8).astype("int32"), RNG.random((8, 4)).astype("float32")
WEIGHTS = RNG.random(8).astype("float32")
SEQUENCES = RNG.integers(1, 4, (8, 2)).astype("int32"), RNG.random((8, 6, 4)).astype("float32")
DATA = {"CTC": SEQUENCES, "Circle": CLASSES, "CategoricalGeneralizedCrossEntropy": CLASSES, "BinaryIoU": BINARY}
NEEDED = {  # what a metric cannot be made without
    "IoU": {"num_classes": 4, "target_class_ids": [0]}, "OneHotIoU": {"num_classes": 4, "target_class_ids": [0]},
    "MeanIoU": {"num_classes": 4}, "OneHotMeanIoU": {"num_classes": 4}, "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5}, "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
}  # fmt: skip


def data_for(name):
    if name in ("IoU", "MeanIoU"):
        return CLASSES[0], CLASSES[0]
    return DATA.get(name, CLASSES if name.startswith("Sparse") else BINARY)


def wide_types(function, *args, compiled=False):
    """The 64-bit types in the program of a stateful function, as written or as XLA compiled it (constants folded)."""
    lifted = Lifted(function)
    with jax.enable_x64(True):
        specs = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in args]
        lifted.settle(lambda: jax.eval_shape(lambda v, *a: lifted(v, [], a), lifted.values(), *specs))
        pure = lambda v, *a: lifted(v, [], a)
        if compiled:
            program = jax.jit(pure).lower(lifted.values(), *specs).compile().as_text()
        else:
            program = str(jax.make_jaxpr(pure)(lifted.values(), *specs))
    return set(re.findall(r"\b(?:f64|c128|i64|u64)\[\d[\d,]*\]|\b(?:f64|c128)\[\]", program))


def subclasses(module, base):
    found = [name for name, each in vars(module).items() if isinstance(each, type) and issubclass(each, base)]
    return sorted(set(found) - {"Loss", "LossFunctionWrapper", "Metric", "MeanMetricWrapper", "Mean", "Sum"})


@pytest.mark.parametrize("name", subclasses(losses, losses.Loss))
def test_losses(name):
    weights = np.float32(1) if name in ("Dice", "Tversky") else WEIGHTS  # one value a batch
    assert not wide_types(lambda y, p, w: getattr(losses, name)()(y, p, w), *data_for(name), np.asarray(weights))


@pytest.mark.parametrize("name", subclasses(metrics, metrics.Metric))
def test_metrics(name):
    metric = getattr(metrics, name)(**NEEDED.get(name, {}))
    data = data_for(name)
    metric.update_state(*data, sample_weight=WEIGHTS)

    def use(y, p, w):
        metric.update_state(y, p, sample_weight=w)
        return metric.result()

    assert not wide_types(use, *data, WEIGHTS)


OPTIMIZERS = ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion", "ftrl"]


@pytest.mark.parametrize("name", [*OPTIMIZERS, "lamb", "adafactor", "muon", "schedulefreeadamw"])
def test_optimizers(name):
    variable = Variable(np.ones((3, 2), "float32"))
    schedule = optimizers.schedules.CosineDecay(0.1, 10, warmup_target=1.0, warmup_steps=2)
    optimizer = type(optimizers.get(name))(schedule, weight_decay=0.1, global_clipnorm=1.0, use_ema=True, gradient_accumulation_steps=2)
    optimizer.build([variable])
    assert not wide_types(lambda g: optimizer.apply([g], [variable]), np.ones((3, 2), "float32"), compiled=True)
