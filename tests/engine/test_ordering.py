"""Dicts keep the order in which a program wrote their keys, as in TensorFlow."""

import numpy as np

import hornbeam as hb


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
