"""Devices, and how JAX is set up: compiled programs persist, small results come back at once, freed memory is used again."""

import ctypes
import hashlib
import logging
import os
import platform
from pathlib import Path

import jax


def cache_folder() -> Path:
    """Where compiled programs are kept: $HORNBEAM_CACHE_DIR, or hornbeam/ in the user's cache folder.

    One subfolder for each jaxlib and processor, because a program compiled for one processor may not run on another.
    """
    root = os.environ.get("HORNBEAM_CACHE_DIR")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hornbeam"
    return base / "programs" / f"jaxlib-{jax.lib.__version__}-{_processor()}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            described = "".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
    except OSError:
        described = platform.processor()
    flags = os.environ.get("XLA_FLAGS", "")
    return f"{platform.machine()}-{hashlib.sha256((described + flags).encode()).hexdigest()[:12]}"


_KEPT = 128 * 2**20  # bytes: larger blocks go back to the system at once, as ever; at 256 MB large data cost a quarter more memory
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def _keep_freed_memory() -> None:
    """Have glibc hold on to blocks that were freed, and hand them out again.

    Each run of a compiled program takes memory for what is between its operations, and frees it. Above 32 MB glibc has it mapped anew each
    time, and the system makes every page of it when it is first touched: half the time of one step of a small CNN.
    """
    if {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"} & set(os.environ):
        return
    try:
        if "CS_GNU_LIBC_VERSION" not in os.confstr_names:
            return
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # not a system of this kind
        return
    if mallopt(_MMAP_THRESHOLD, _KEPT):  # older ones allow less
        mallopt(_TRIM_THRESHOLD, 2 * _KEPT)


def configure() -> None:
    """Set JAX up, leaving alone what the user has set."""
    _keep_freed_memory()
    quiet = logging.getLogger("jax._src.xla_bridge")  # says which kinds of device there are not, to programs that log what informs
    if quiet.level == logging.NOTSET:
        quiet.setLevel(logging.WARNING)
    if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
        jax.config.update("jax_cpu_enable_async_dispatch", False)
    if jax.config.jax_compilation_cache_dir is None and os.environ.get("HORNBEAM_CACHE_DIR") != "":
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            return  # nowhere to write: programs are compiled anew each time
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def backend() -> str:
    """'cpu', 'gpu' or 'tpu': where programs run."""
    return jax.default_backend()


def list_devices() -> list[str]:
    return [str(device) for device in jax.devices()]
