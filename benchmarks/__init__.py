"""Hornbeam and its peers side by side on one machine: a tool, not a timed test (`python -m benchmarks --help`)."""
