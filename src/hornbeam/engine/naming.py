"""Names that objects get when their maker gives none: the class in snake case, then with a number."""

import re
from collections import Counter

_counts: Counter[str] = Counter()


def snake_case(name: str) -> str:
    """`'RMSprop'` -> `'rm_sprop'`, `'Conv2D'` -> `'conv2d'`, `'LeakyReLU'` -> `'leaky_re_lu'`, as Keras has it."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(name: str) -> str:
    """The next free name for a class called `name`: 'dense', then 'dense_1', 'dense_2', ..."""
    prefix = snake_case(name)
    taken = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{taken}" if taken else prefix


def reset_names(free_memory: bool = True) -> None:
    """Start counting anew (`clear_session`). There is nothing else to clear: what nobody holds is freed, whatever `free_memory` says."""
    _counts.clear()
