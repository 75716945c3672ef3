"""Fashion-MNIST for all entrants: the four original files in a Keras home of the benchmarks' own, and one .npz."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ARCHIVE = "fashion_mnist.npz"


def prepare(cache: Path, variables: dict[str, str]) -> None:
    """Put the data into `cache`, once, by a worker with a Hornbeam worker's `variables`."""
    if not (cache / ARCHIVE).exists():
        subprocess.run([sys.executable, "-m", "benchmarks.data", str(cache / ARCHIVE)], check=True, env=variables)


def main() -> None:
    """Worker: copy the files that are on this machine, let Hornbeam fetch the others, keep the arrays as one .npz."""
    import numpy as np

    from hornbeam.datasets import fashion_mnist

    folder = Path(os.environ["KERAS_HOME"]) / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True, exist_ok=True)
    for source in (Path.home() / ".keras" / "datasets" / "fashion-mnist", fashion_mnist.DEBIAN):
        for name in (file.remote.name for file in fashion_mnist.FILES):
            if (source / name).exists() and not (folder / name).exists():
                shutil.copyfile(source / name, folder / name)
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    archive = Path(sys.argv[1])
    part = archive.with_suffix(".part.npz")  # never a half-written archive under the name that others look for
    np.savez(part, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    part.replace(archive)


if __name__ == "__main__":
    main()
