"""Programs for Keras's JAX backend: steps that take and return every value, and JAX's transformations of losses, layers and optimizers.

The losses are those of real Keras on JAX with the same weights.
"""

import jax
import numpy as np

from hornbeam import layers, losses, metrics, models, ops, optimizers


class Stateful(models.Model):
    def loss_and_updates(self, trainable, others, x, y):
        y_pred, others = self.stateless_call(trainable, others, x, training=True)
        return self.compute_loss(x, y, y_pred), (y_pred, others)

    def train_step(self, state, data):
        trainable, others, slots, kept = state
        x, y = data
        (loss, (y_pred, others)), grads = jax.value_and_grad(self.loss_and_updates, has_aux=True)(trainable, others, x, y)
        trainable, slots = self.optimizer.stateless_apply(slots, grads, trainable)
        new, logs = [], {}
        for metric in self.metrics:
            mine = kept[len(new) : len(new) + len(metric.variables)]
            mine = metric.stateless_update_state(mine, *((loss,) if metric.name == "loss" else (y, y_pred)))
            logs[metric.name] = metric.stateless_result(mine)
            new += mine
        return logs, (trainable, others, slots, new)


def test_a_train_step_of_states():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8)).astype("float32")
    y = (x[:, :1] * 2).astype("float32")
    inputs = layers.Input((8,))
    model = Stateful(inputs, layers.Dense(1)(layers.BatchNormalization()(layers.Dense(4, activation="tanh")(inputs))))
    for v in model.trainable_variables:
        v.assign(rng.normal(size=v.shape).astype("float32") * 0.3)
    model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    history = model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], [3.13519, 3.117, 3.09976], rtol=1e-5)
    np.testing.assert_allclose(history["mae"], [1.40116, 1.39863, 1.39634], rtol=1e-5)


def test_variables_losses_and_optimizers_in_jaxs_transformations():
    model = models.Sequential([layers.Input((2,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    optimizer, loss, mean = optimizers.SGD(0.5), losses.MeanSquaredError(), metrics.MeanSquaredError()
    optimizer.build(model.trainable_variables)

    def value(trainable, others, x, y):
        y_pred, others = model.stateless_call(trainable, others, x)
        return loss(y, y_pred), (y_pred, others)

    @jax.jit
    def step(trainable, others, slots, kept, x, y):
        (found, (y_pred, _)), grads = jax.value_and_grad(value, has_aux=True)(trainable, others, x, y)
        trainable, slots = optimizer.stateless_apply(slots, grads, trainable)
        return found, trainable, slots, mean.stateless_update_state(kept, y, y_pred)

    x, y = np.array([[1.0, 2.0]], "float32"), np.array([[1.0]], "float32")
    found, trainable, slots, kept = step(
        model.trainable_variables, model.non_trainable_variables, optimizer.variables, mean.variables, x, y
    )
    assert all(isinstance(each, jax.Array) for each in (found, *trainable, *slots, *kept))
    assert float(found) == 4.0 and np.ravel(trainable[0]).tolist() == [-1.0, -3.0] and float(mean.stateless_result(kept)) == 4.0
    np.testing.assert_array_equal(jax.grad(lambda a: ops.sum(ops.square(a) * 3))(x), [[6.0, 12.0]])
    assert type(jax.jit(lambda a: ops.add(a, 1))(ops.ones(2))).__name__ == "Tensor"  # what is given Tensors gives Tensors
