"""How JAX and the system are set up."""

import os
import resource
import subprocess
import sys

import pytest

_TOUCH = """
import resource, sys
import hornbeam.engine
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    b"x" * (48 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def new_pages(**environment):
    ran = subprocess.run([sys.executable, "-c", _TOUCH], env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    return int(ran.stdout) * resource.getpagesize() / 2**20


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()), reason="glibc alone can be told")
def test_memory_that_was_freed_is_used_again():
    assert new_pages() < 60  # MB: one block's
    assert new_pages(MALLOC_TRIM_THRESHOLD_="131072") > 180  # what the user has set stays
