"""The version of Hornbeam, in a file of its own so that `hornbeam --version` and the build read it without importing anything."""

__version__ = "0.1.0"
