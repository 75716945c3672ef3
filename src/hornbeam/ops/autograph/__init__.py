"""AutoGraph: Python's `if`, `while`, `for`, `and`, ... on tensors whose values a compiled function does not have yet."""

from hornbeam.ops.autograph.source import Feature, as_it_is, converted, converted_source, do_not_convert, to_graph

__all__ = ["Feature", "as_it_is", "converted", "converted_source", "do_not_convert", "to_graph"]
