"""Each peer's own virtual environment, made with venv and pip in a cache folder outside the repository."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.catalogue import ENTRANTS, REQUIREMENTS

ROOT = Path(__file__).resolve().parent.parent


def cache_folder() -> Path:
    """Where data, environments and compile caches live: `$XDG_CACHE_HOME` (or `~/.cache`) `/hornbeam/benchmarks`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hornbeam" / "benchmarks"


def requirements(environment: str, device: str) -> list[str]:
    """What pip installs there; JAX in the version that Hornbeam runs on, so that XLA is the same on both sides."""
    ours = importlib.metadata.version("jax")
    return [f"{each}=={ours}" if each.split("[")[0] == "jax" else each for each in REQUIREMENTS[environment][device]]


def interpreter(entrant: str, device: str, folder: Path, given: dict[str, str]) -> str:
    """The Python that runs `entrant`: one the caller named, this one, or that of an environment made on first use.

    An environment is ready once its stamp lists the requirements it was made with; a half-made or outdated one is
    removed and made again. Raises `subprocess.CalledProcessError`, with pip's output, when pip cannot install it.
    """
    environment = ENTRANTS[entrant].environment
    if entrant in given:
        return given[entrant]
    if environment is None:
        return sys.executable
    home = folder / f"{environment}-{device}-py{sys.version_info.major}.{sys.version_info.minor}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = home / "requirements.json", requirements(environment, device)
    if not (stamp.exists() and json.loads(stamp.read_text()) == wanted):
        print(f"making {home} with {' '.join(wanted)}", file=sys.stderr, flush=True)
        shutil.rmtree(home, ignore_errors=True)
        for command in (
            [sys.executable, "-m", "venv", str(home)],
            [str(python), "-m", "pip", "install", "-q", *wanted],
        ):
            subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        stamp.write_text(json.dumps(wanted))
    return str(python)


def variables(entrant: str, device: str, cache: Path, quick: bool) -> dict[str, str]:
    """The worker's environment variables: its backend, the device, the shared data, and where to find its module."""
    mine = {
        "KERAS_HOME": str(cache / "keras"),
        "BENCHMARKS_CACHE": str(cache),
        "BENCHMARKS_DEVICE": device,
        "BENCHMARKS_QUICK": "1" if quick else "",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        # A peer sees this folder but never Hornbeam's sources.
        "PYTHONPATH": os.pathsep.join([str(ROOT)] + [str(ROOT / "src")] * (ENTRANTS[entrant].environment is None)),
        **ENTRANTS[entrant].variables,
    }
    if device == "cpu":
        mine |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1"}
    # Peers are installed, and so have their bytecode; Hornbeam's sources may write theirs.
    apart = ("JAX_COMPILATION_CACHE_DIR", "PYTHONDONTWRITEBYTECODE")
    theirs = {name: value for name, value in os.environ.items() if name not in apart}
    return {**theirs, **mine}
