"""Devices, and how JAX is set up: compiled programs persist, small results come back at once."""

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


def configure() -> None:
    """Set JAX up, leaving alone what the user has set."""
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
