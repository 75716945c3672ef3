"""The suite's surroundings, set before anything imports JAX."""

import importlib
import os
import signal
import sys
from pathlib import Path

# One compile cache for all workers and runs: most tests compile the same small programs.
_CACHE = Path(__file__).resolve().parents[1] / ".pytest_cache" / "xla"
_SURROUNDINGS = {
    "JAX_PLATFORMS": "cpu",
    "JAX_COMPILATION_CACHE_DIR": str(_CACHE),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    # Each worker is a process of its own; a thread per core in each would only make them wait for one another.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
for _name, _value in _SURROUNDINGS.items():
    os.environ.setdefault(_name, _value)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background with interrupts ignored
_WITH_DIALECTS = {"dialects", "keras_names", "tensorflow_names"}  # folders of tests for which older spellings are installed

import pytest  # noqa: E402 (after the surroundings, like everything that could import JAX)
from hypothesis import settings  # noqa: E402

from hornbeam.engine import options  # noqa: E402

# Most of the suite's time is compiling, which takes half as long with what is for programs that do not run often. Examples and commands
# run in processes of their own, with the options that users get; HORNBEAM_TEST_COMPILER=full gives them to every test (CONTRIBUTING).
if os.environ.get("HORNBEAM_TEST_COMPILER") != "full":
    options.WANTED["cpu"] |= options.HURRIED["cpu"]

# Examples compile programs and share two cores with other workers: how long one takes says nothing.
settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _the_same_start(request: pytest.FixtureRequest) -> None:
    """Automatic names, random seeds, manners with types and old spellings do not depend on which tests ran before."""
    from hornbeam.engine import manners, naming, rng

    naming.reset_names()
    rng.set_random_seed(0)
    manners.turn("tensorflow_names" in request.path.parts)  # importing hornbeam.tensorflow would turn it on for every test
    if _WITH_DIALECTS & set(request.path.parts):
        dialects = importlib.import_module("hornbeam.dialects")
        dialects.uninstall()  # what was told may be told again
        dialects.install()
    elif "hornbeam.dialects" in sys.modules:
        sys.modules["hornbeam.dialects"].uninstall()
