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
    data = CLASSES if name.startswith("Sparse") else BINARY
    assert not wide_types(lambda y, p, w: getattr(losses, name)()(y, p, w), *data, WEIGHTS)


@pytest.mark.parametrize("name", subclasses(metrics, metrics.Metric))
def test_metrics(name):
    metric = getattr(metrics, name)()
    data = CLASSES if name.startswith("Sparse") else BINARY
    metric.update_state(*data, sample_weight=WEIGHTS)

    def use(y, p, w):
        metric.update_state(y, p, sample_weight=w)
        return metric.result()

    assert not wide_types(use, *data, WEIGHTS)


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion", "ftrl"])
def test_optimizers(name):
    variable = Variable(np.ones(3, "float32"))
    schedule = optimizers.schedules.CosineDecay(0.1, 10, warmup_target=1.0, warmup_steps=2)
    optimizer = type(optimizers.get(name))(schedule, weight_decay=0.1, global_clipnorm=1.0, use_ema=True, gradient_accumulation_steps=2)
    optimizer.build([variable])
    assert not wide_types(lambda g: optimizer.apply([g], [variable]), np.ones(3, "float32"), compiled=True)
