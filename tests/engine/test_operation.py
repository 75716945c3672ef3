"""keras.Operation, KerasTensor, StatelessScope's losses."""

import numpy as np

from hornbeam import layers, models, ops
from hornbeam.engine.graph import KerasTensor, Operation
from hornbeam.engine.stateless import StatelessScope


class Times(Operation):
    def __init__(self, k, name=None):
        super().__init__(name=name)
        self.k = k

    def call(self, x):
        return x * self.k

    def compute_output_spec(self, x):
        return KerasTensor(x.shape, x.dtype)


def test_an_operation_of_ones_own_runs_and_joins_graphs():
    inputs = layers.Input((2,))
    model = models.Model(inputs, Times(3)(inputs))
    assert Times(3)(np.ones(2)).tolist() == [3, 3] and model.predict(np.ones((1, 2)), verbose=0).tolist() == [[3, 3]]
    assert isinstance(inputs, KerasTensor) and not isinstance(ops.ones(2), KerasTensor) and isinstance(layers.Dense(1), Operation)
    assert ops.add(KerasTensor((2, None), "int32"), 1).shape == (2, None)


def test_a_stateless_scope_collects_losses():
    class Adds(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    with StatelessScope(collect_losses=True) as scope:
        Adds()(np.ones((1, 2)))
    assert [float(loss) for loss in scope.losses] == [2.0]
