"""What is measured, between whom, and the floor each figure must reach: three tables and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entrant:
    """Someone who is measured: the environment it runs in (none: this interpreter) and what it is."""

    environment: str | None
    title: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Floor:
    """An upper limit on `entrant`'s figure, in the measure's unit, or on its ratio to `against`'s figure."""

    measure: str
    limit: float
    against: str | None = None
    entrant: str = "hornbeam"
    device: str = "cpu"


@dataclass(frozen=True)
class Benchmark:
    """A worker module, who runs it, the unit of each measure, and the floors."""

    module: str
    title: str
    entrants: tuple[str, ...]
    units: Mapping[str, str]
    floors: tuple[Floor, ...] = ()


ENTRANTS: dict[str, Entrant] = {
    "hornbeam": Entrant(None, "Hornbeam"),
    "hornbeam-cold": Entrant(None, "Hornbeam, empty compile cache"),
    "hornbeam-warm": Entrant(None, "Hornbeam, warm compile cache"),
    "jax": Entrant(None, "bare JAX (the lower bound)"),
    "keras-jax": Entrant("jax", "Keras on JAX", {"KERAS_BACKEND": "jax"}),
    "keras-tf": Entrant("tensorflow", "Keras on TensorFlow", {"KERAS_BACKEND": "tensorflow"}),
    "keras-torch": Entrant("torch", "Keras on PyTorch", {"KERAS_BACKEND": "torch"}),
    "torch": Entrant("torch", "plain PyTorch"),
}
PEERS = tuple(name for name in ENTRANTS if not name.startswith("hornbeam"))

# Requirements by environment and device. JAX's own version is added by `environments`: the one Hornbeam runs on.
REQUIREMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "jax": {"cpu": ("jax", "keras==3.15.1"), "gpu": ("jax[cuda13]", "keras==3.15.1")},
    "tensorflow": {
        "cpu": ("tensorflow-cpu==2.21.0", "keras==3.15.1"),
        "gpu": ("tensorflow[and-cuda]==2.21.0", "keras==3.15.1"),
    },
    "torch": {"cpu": ("torch==2.13.0", "keras==3.15.1"), "gpu": ("torch==2.13.0", "keras==3.15.1")},
}

EAGER_OPS = (
    "x + y", "x * 2.0", "x[:, 1]", "add", "multiply", "subtract", "matmul 64x64", "sum", "mean", "relu", "exp", "reshape", "concatenate",
    "random normal",
)  # fmt: skip
GROWING = ("100 growing concatenates", "100 growing multiplies")

_EPOCH = "an epoch of 48,000 images, validation on 12,000"
_FIT = ("hornbeam", "keras-jax", "keras-tf", "keras-torch", "torch")

BENCHMARKS: dict[str, Benchmark] = {
    "mlp": Benchmark(
        "training",
        f"784-128-10 network, Adam, batch 32: {_EPOCH}",
        (*_FIT, "jax"),
        {"epoch": "s"},
        (Floor("epoch", 0.5, "keras-jax"), Floor("epoch", 0.1, "keras-tf"), Floor("epoch", 0.05, device="gpu")),
    ),
    "cnn": Benchmark(
        "training",
        f"Conv 32, pool, Conv 64, pool, Dropout, Dense, batch 128: {_EPOCH}",
        _FIT,
        {"epoch": "s"},
        (Floor("epoch", 0.9, "keras-tf"),),
    ),
    "lstm": Benchmark(
        "training",
        f"LSTM(128) over 28 rows of 28, Dense, batch 128: {_EPOCH}",
        _FIT,
        {"epoch": "s"},
        (Floor("epoch", 0.9, "keras-tf"),),
    ),
    "program": Benchmark(
        "program",
        "a whole program as one process: import, load, ten epochs of the 784-128-10 network, evaluate, predict",
        ("hornbeam-cold", "hornbeam-warm", "keras-jax", "keras-tf"),
        {"process": "s"},
        (Floor("process", 0.55, "keras-jax", "hornbeam-cold"), Floor("process", 0.4, "keras-jax", "hornbeam-warm")),
    ),
    "latency": Benchmark(
        "latency",
        "one row through the 784-128-10 network after warm-up; growth of resident memory over 100,000 calls",
        ("hornbeam", "keras-jax", "keras-tf"),
        {"predict": "ms", "call": "ms", "predict growth": "MB", "call growth": "MB"},
        (Floor("predict", 0.2), Floor("call", 0.2), Floor("predict growth", 8), Floor("call growth", 8)),
    ),
    "eager": Benchmark(
        "eager",
        "eager ops on 10x10 tensors after their first call; a line fitted under a tape; ops over growing shapes",
        ("hornbeam", "keras-tf"),
        dict.fromkeys(EAGER_OPS, "us")
        | dict.fromkeys(("first 1,000 tape steps", "next 1,000 tape steps", *GROWING, "50 growing tape steps"), "s"),
        (
            *(Floor(name, 20) for name in EAGER_OPS),
            Floor("first 1,000 tape steps", 0.3),
            *(Floor(name, 0.1) for name in GROWING),
            Floor("50 growing tape steps", 1.0),
        ),
    ),
    "data": Benchmark(
        "pipelines",
        "tf.data: 60,000 rows shuffled and batched; 10,000 JPEGs decoded, resized, augmented; 50,000 lines split and vectorised",
        ("hornbeam", "keras-tf"),
        {"rows": "s", "pictures": "s", "text": "s"},
        tuple(Floor(name, 1.0, "keras-tf") for name in ("rows", "pictures", "text")),
    ),
    "import": Benchmark(
        "imports",
        "a fresh interpreter that imports the library; the same and then makes one layer",
        (*_FIT, "jax"),
        {"import": "s", "first layer": "s"},
        (Floor("import", 0.5),),
    ),
}
