"""Worker: seconds an epoch of `fit` takes, validation included, for three networks on the same images."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.workers import DEVICE, QUICK, arguments, fashion_mnist, keras_like, mlp, report

BATCH = {"mlp": 32, "cnn": 128, "lstm": 128}
SETTLED = 2  # epochs that compile, cache and warm up; those after them count
TRAINING = 48_000


def network(keras: Any, name: str) -> Any:
    """The benchmark's network in a Keras namespace."""
    layers = keras.layers
    if name == "mlp":
        return mlp(keras)
    if name == "lstm":
        return keras.Sequential([keras.Input((28, 28)), layers.LSTM(128), layers.Dense(10, activation="softmax")])
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def with_keras(entrant: str, name: str, x: Any, y: Any, epochs: int) -> tuple[list[float], float]:
    """Ends of epochs on the clock, and the last validation accuracy, under `fit`."""
    keras = keras_like(entrant)
    ends = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            ends.append(time.perf_counter())  # called after the epoch's validation

    model = network(keras, name)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x, y, epochs=epochs, batch_size=BATCH[name], validation_split=0.2, verbose=0, callbacks=[Clock()]
    )
    return ends, float(history.history["val_accuracy"][-1])


def with_torch(name: str, x: Any, y: Any, epochs: int) -> tuple[list[float], float]:
    """The same in plain PyTorch; data lives on the device and batches are slices of a permutation (no DataLoader)."""
    import torch
    from torch import nn

    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(28, 128, batch_first=True), nn.Linear(128, 10)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return self.head(self.lstm(rows)[0][:, -1])

    def build() -> nn.Module:
        if name == "mlp":
            return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
        if name == "lstm":
            return Recurrent()
        return nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)),
        )

    device = "cuda" if DEVICE == "gpu" else "cpu"
    model, loss_of, size = build().to(device), nn.CrossEntropyLoss(), BATCH[name]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    images = torch.as_tensor(x.transpose(0, 3, 1, 2) if name == "cnn" else x).to(device)
    labels = torch.as_tensor(y).long().to(device)
    ends, right = [], torch.zeros((), device=device)
    for _ in range(epochs):
        total = torch.zeros((), device=device)
        right = torch.zeros((), device=device)
        model.train()
        for batch in torch.randperm(TRAINING, device=device).split(size):
            out = model(images[batch])
            loss = loss_of(out, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
            right += (out.argmax(1) == labels[batch]).sum()
        model.eval()
        right.zero_()
        with torch.no_grad():
            for begin in range(TRAINING, len(images), size):
                out = model(images[begin : begin + size])
                total += loss_of(out, labels[begin : begin + size])
                right += (out.argmax(1) == labels[begin : begin + size]).sum()
        float(right), float(total)  # waits for the device
        ends.append(time.perf_counter())
    return ends, float(right) / (len(images) - TRAINING)


def with_jax(name: str, x: Any, y: Any, epochs: int) -> tuple[list[float], float]:
    """The lower bound: a hand-written epoch and its validation, each one scan of one compiled program."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    if name != "mlp":
        raise SystemExit("the bare loop is written for the mlp only")
    rng, size = np.random.default_rng(0), BATCH[name]
    limits = [(784, 128), (128, 10)]
    weights = [rng.uniform(-1, 1, (i, o)).astype("float32") * np.sqrt(6 / (i + o), dtype="float32") for i, o in limits]
    parameters = [(w, np.zeros(w.shape[1], "float32")) for w in weights]

    def loss_and_hits(parameters: Any, images: jax.Array, labels: jax.Array) -> tuple[jax.Array, jax.Array]:
        (w1, b1), (w2, b2) = parameters
        logits = jax.nn.relu(images @ w1 + b1) @ w2 + b2
        hits = (logits.argmax(1) == labels).sum()
        return -(jax.nn.one_hot(labels, 10) * jax.nn.log_softmax(logits)).sum(1).mean(), hits

    def step(carry: Any, batch: jax.Array) -> tuple[Any, Any]:
        parameters, first, second, t = carry
        (loss, hits), gradient = jax.value_and_grad(loss_and_hits, has_aux=True)(
            parameters, images[batch], labels[batch]
        )
        t, tree = t + 1, jax.tree.map
        first = tree(lambda m, g: m + 0.1 * (g - m), first, gradient)
        second = tree(lambda v, g: v + 0.001 * (g * g - v), second, gradient)
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        parameters = tree(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), parameters, first, second)
        return (parameters, first, second, t), (loss, hits)

    @jax.jit
    def epoch(carry: Any, order: jax.Array) -> tuple[Any, Any, Any]:
        carry, training = jax.lax.scan(step, carry, order)
        held = jnp.arange(TRAINING, len(images)).reshape(-1, size)
        validation = jax.lax.map(lambda batch: loss_and_hits(carry[0], images[batch], labels[batch]), held)
        return carry, jax.tree.map(jnp.sum, training), jax.tree.map(jnp.sum, validation)

    images, labels = jnp.asarray(x.reshape(-1, 784)), jnp.asarray(y)
    zeros = jax.tree.map(np.zeros_like, parameters)
    carry, ends, hits = (parameters, zeros, zeros, np.float32(0)), [], 0
    for _ in range(epochs):
        carry, _, (_, hits) = epoch(carry, rng.permutation(TRAINING).astype("int32").reshape(-1, size))
        jax.block_until_ready((carry, hits))
        ends.append(time.perf_counter())
    return ends, float(hits) / (len(images) - TRAINING)


def main() -> None:
    name, entrant = arguments()
    x, y = fashion_mnist()
    x = x[..., None] if name == "cnn" else x
    epochs = SETTLED + (1 if QUICK else 6 if name == "mlp" else 3)
    run = {"torch": with_torch, "jax": with_jax}.get(entrant)
    ends, accuracy = run(name, x, y, epochs) if run else with_keras(entrant, name, x, y, epochs)
    times = [after - before for before, after in zip(ends, ends[1:], strict=False)]
    report({"epoch": times[SETTLED - 1 :]}, notes={"epochs": epochs, "validation accuracy": round(accuracy, 4)})


if __name__ == "__main__":
    main()
