"""Dicts keep the order in which a program wrote their keys, as in TensorFlow."""

import numpy as np

import hornbeam as hb
from hornbeam.data import Dataset


def test_results_in_the_order_they_were_written():
    @hb.function
    def both(given):
        return {"p": [{key: 2 * each for key, each in given.items()}], "a": given["z"]}

    for x in (hb.Tensor(1.0), 1.0):
        found = both({"z": x, "b": x})
        assert list(found) == ["p", "a"] and list(found["p"][0]) == ["z", "b"]
    i = hb.Input((1,))
    model = hb.Model(i, {"p": hb.layers.Rescaling(2.0)(i), "a": i})
    x = np.ones((3, 1), np.float32)
    for found in (model(x), model.predict(x, batch_size=2, verbose=0), model.predict_on_batch(x)):
        assert list(found) == ["p", "a"] and float(found["p"][0, 0]) == 2


def test_a_models_call_gets_them_in_order_wherever_it_is_called_from():
    class Columns(hb.Model):
        def __init__(self):
            super().__init__()
            self.seen, self.dense = [], hb.layers.Dense(1)

        def call(self, inputs):
            self.seen.append(list(inputs))
            return self.dense(hb.ops.concatenate(list(inputs.values()), -1))

    model, x, y = Columns(), {"z": np.ones((4, 1), np.float32), "b": np.zeros((4, 1), np.float32)}, np.ones((4, 1), np.float32)
    model.compile("sgd", "mse")
    model(x)
    model.fit(x, y, verbose=0)
    model.fit(Dataset.from_tensor_slices((x, y)).batch(2), verbose=0)
    model.predict(x, verbose=0)
    model.train_on_batch(x, y)
    assert len(model.seen) > 3 and all(keys == ["z", "b"] for keys in model.seen)
