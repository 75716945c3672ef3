"""AutoGraph: Python's `if`, `while`, `for`, `and`, ... on tensors whose values a compiled function does not have yet."""

from hornbeam.ops.autograph.source import as_it_is, converted, converted_source

__all__ = ["as_it_is", "converted", "converted_source"]
