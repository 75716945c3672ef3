"""keras.distribution: layouts, and fit, evaluate and predict on four devices of the host (in a process of its own) as on one."""

import os
import subprocess
import sys

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine import sharding

PROGRAM = """
import numpy as np, hornbeam as hb
from hornbeam.engine import sharding as D

x = np.random.default_rng(0).normal(size=(28, 6)).astype("float32")  # the last batch does not divide among the devices
y = x[:, :1] * 2

def run(distribution):
    hb.set_random_seed(0)
    D.set_distribution(distribution)
    model = hb.Sequential([hb.Input((6,)), hb.layers.Dense(8, "relu", name="first"), hb.layers.Dense(1, name="last")])
    for v in model.weights:
        v.assign(np.linspace(-1, 1, v.size).reshape(v.shape))
    model.compile(hb.optimizers.SGD(0.05, momentum=0.9), "mse")
    losses = model.fit(x, y, batch_size=8, epochs=2, verbose=0).history["loss"]
    for v in model.optimizer.variables:
        v.assign(np.array(v))  # as after loading: it must go back to its place
    batches = model.fit(iter([(x[:8], y[:8])] * 2), verbose=0).history["loss"]
    one = model.train_on_batch(x[:8], y[:8])
    found = [*losses, *batches, one, model.evaluate(x, y, verbose=0), *model.predict(x[:8], verbose=0).ravel(), *np.ravel(model(x[:4]))]
    places = [v.value.__jax_array__().addressable_shards[0].data.shape for v in (model.layers[0].kernel, model.optimizer.variables[-4])]
    D.set_distribution(None)
    return np.array(found, float), places

layouts = D.LayoutMap(D.DeviceMesh((2, 2), ("batch", "model")))
layouts[".*first/kernel"] = (None, "model")
alone, whole = run(None)
spread, parts = run(D.ModelParallel(layout_map=layouts))
assert whole == [(6, 8)] * 2 and parts == [(6, 4)] * 2, parts
np.testing.assert_allclose(spread, alone, rtol=1e-4, atol=1e-5)
print("done")
"""


def test_four_devices_give_what_one_gives():
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    found = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=300)
    assert found.stdout.strip() == "done", found.stderr[-3000:]


def test_layouts():
    mesh = sharding.DeviceMesh((1, 1), ("batch", "model"))
    layouts = sharding.LayoutMap(mesh)
    layouts[".*dense.*kernel"] = (None, "model")
    assert layouts["dense_1/kernel"].axes == (None, "model") and layouts["other"] is None and layouts["a/dense/kernel/x"] is None
    for wrong in (lambda: layouts.__setitem__(".*dense.*kernel", (None,)), lambda: layouts.__setitem__("q", 3)):
        with pytest.raises(ValueError, match="LayoutMap"):
            wrong()
    with pytest.raises(ValueError, match="its mesh"):
        sharding.TensorLayout(("no", None), mesh)
    with pytest.raises(ValueError, match="there are 1"):
        sharding.DeviceMesh((8,), ["batch"], sharding.list_devices()[:1])
    parallel = sharding.ModelParallel(layout_map=layouts)
    assert parallel.batch_dim_name == "batch" and parallel.get_data_layout((8, 3)).axes == ("batch", None)
    with parallel.scope():
        assert sharding.distribution() is parallel
        assert sharding.distribute_tensor(np.ones((2, 2)), sharding.TensorLayout(("batch", None), mesh)).shape == (2, 2)
    assert sharding.distribution() is None
    assert hb.Variable(np.ones((2, 2)), layout=sharding.TensorLayout((None, "model"), mesh))._layout.axes == (None, "model")
