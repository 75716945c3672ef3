"""`hornbeam demo`: the five steps on real images, with a word on where everything is."""

from pathlib import Path

import hornbeam as hb
from hornbeam.cli.info import compile_cache
from hornbeam.datasets import DatasetError, fashion_mnist


def demo(epochs: int, folder: Path) -> int:
    """Trains, evaluates and saves a 784-128-10 network; prints what it does. Returns the exit status.

    Args:
        epochs: passes over the training images.
        folder: where `fashion_mnist.keras` goes; made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)  # before the work, not after it
    (x_train, y_train), (x_test, y_test), source = _images()
    print(f"Data: {len(x_train):,} training and {len(x_test):,} test images of 28 x 28 pixels, from {source}.\n")
    x_train, x_test = x_train / 255.0, x_test / 255.0

    model = hb.Sequential(
        [
            hb.Input((28, 28)),
            hb.layers.Flatten(),
            hb.layers.Dense(128, activation="relu"),
            hb.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=epochs, batch_size=32, validation_split=0.2)

    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"\nOn the {len(x_test):,} test images: loss {loss:.4f}, accuracy {accuracy:.4f}.")
    scores = model.predict(x_test[:1], verbose=0)[0]
    names, guess, truth = fashion_mnist.class_names, int(scores.argmax()), int(y_test[0])
    verdict = "which is right" if guess == truth else f"but it is: {names[truth]}"
    print(f"The first of them, the network says, is: {names[guess]} (probability {scores[guess]:.2f}), {verdict}.")

    path = folder / "fashion_mnist.keras"
    model.save(path)
    print(f"\nModel:         {path.resolve()} (hb.models.load_model opens it)")
    print(f"Data:          {source}")
    print(f"Compile cache: {compile_cache() or 'off'}")
    return 0


def _images() -> tuple[tuple, tuple, str]:
    """Training pair, test pair, and where they came from."""
    found = fashion_mnist.location()
    try:
        train, test = fashion_mnist.load_data()
    except DatasetError as error:
        print(f"{error}\n\nThe demo goes on with the subset.\n")
        return *fashion_mnist.load_subset(), "the subset of the real images that comes with Hornbeam"
    return train, test, str(found or fashion_mnist.location())  # downloaded just now
