"""Schedules: inside programs, of one's own, errors (values are held by the goldens)."""

import numpy as np
import pytest

from hornbeam import Variable, function, optimizers
from hornbeam.engine.errors import ArgumentError
from hornbeam.optimizers import schedules


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True),
        schedules.InverseTimeDecay(0.1, 10, 0.5),
        schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.25]),
        schedules.PolynomialDecay(0.1, 10, cycle=True, power=2.0),
        schedules.CosineDecay(0.1, 10, warmup_target=0.5, warmup_steps=3),
        schedules.CosineDecayRestarts(0.1, 3),
    ],
)
def test_one_trace_serves_every_step(schedule):
    compiled = function(lambda step: schedule(step))
    for step in (0, 2, 3, 7, 40):
        assert float(compiled(np.int32(step))) == pytest.approx(float(schedule(step)), rel=1e-5)
    assert compiled.experimental_get_tracing_count() == 1
    again = schedules.deserialize(schedules.serialize(schedule))
    assert again.get_config() == schedule.get_config()


def test_the_first_update_uses_step_zero():
    variable = Variable(np.float32(0.0))
    optimizer = optimizers.SGD(schedules.PiecewiseConstantDecay([0], [1.0, 10.0]))
    optimizer.apply([np.float32(-1.0)], [variable])
    assert variable.numpy() == 1
    optimizer.apply([np.float32(-1.0)], [variable])
    assert variable.numpy() == 11


def test_a_schedule_of_ones_own():
    class Halving(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 1.0 / (1 + step)

    variable = Variable(np.float32(0.0))
    optimizer = optimizers.SGD(Halving())
    step = function(lambda g: optimizer.apply([g], [variable]))
    optimizer.build([variable])
    for _ in range(2):
        step(np.float32(-1.0))
    assert float(variable.numpy()) == pytest.approx(1.5)


def test_errors():
    with pytest.raises(ArgumentError, match="one more value"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])
    with pytest.raises(ArgumentError, match="decay_steps"):
        schedules.CosineDecay(0.1, 0)
