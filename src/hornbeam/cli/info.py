"""`hornbeam info`: what a report about an installation needs."""

import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

import jax

import hornbeam.engine  # noqa: F401 (it sets JAX up as every program has it)
from hornbeam import __version__
from hornbeam.datasets._fetch import cache_folder

PACKAGES = ("jax", "jaxlib", "optax", "numpy", "h5py", "rich")


def compile_cache() -> Path | None:
    """The folder that keeps compiled programs between processes, or None where it is off."""
    folder = jax.config.jax_compilation_cache_dir if jax.config.jax_enable_compilation_cache else None
    return Path(folder) if folder else None


def facts() -> dict[str, Any]:
    """Versions, devices and caches, as plain data that `json` can write; sizes in bytes."""
    caches = {"data sets": cache_folder(""), "compiled programs": compile_cache()}
    return {
        "hornbeam": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "devices": [{"name": str(each), "platform": each.platform, "kind": each.device_kind} for each in jax.devices()],
        "caches": {name: _folder(path) for name, path in caches.items()},
    }


def show(as_json: bool) -> int:
    """Prints the facts and returns the exit status."""
    found = facts()
    if as_json:
        print(json.dumps(found, indent=2))
        return 0
    for name in ("hornbeam", "python", "platform", "cpus"):
        _row(name, found[name])
    for name, version in found["packages"].items():
        _row(name, version or "not installed")
    for device in found["devices"]:
        _row("device", f"{device['name']} ({device['kind']})")
    for name, cache in found["caches"].items():
        _row(name, f"{cache['path']} ({_size(cache['bytes'])} in {cache['files']:,} files)" if cache else "off")
    return 0


def _row(name: str, value: object) -> None:
    print(f"{name:18} {value}")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _folder(path: Path | None) -> dict[str, Any] | None:
    """Path, number of files and their bytes; zeros where the folder does not exist yet."""
    if path is None:
        return None
    sizes = [file.lstat().st_size for file in path.rglob("*") if file.is_file()]
    return {"path": str(path), "files": len(sizes), "bytes": sum(sizes)}


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
