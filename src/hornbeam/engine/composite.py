"""Functions that also take structures of several tensors: a RaggedTensor or a SparseTensor among the arguments says what they are for it.

Single operations need nothing of this: the door hands them over (`Op.apply`). It is for public functions that do more than one.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from hornbeam.engine.errors import CompositeError

Function = TypeVar("Function", bound=Callable[..., Any])


def composite(function: Function) -> Function:
    """Decorator: a call that fails since a structure came where a Tensor goes is made again by the structure's `__hornbeam_call__`."""

    @functools.wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except CompositeError as found:
            call = getattr(found.value, "__hornbeam_call__", None)
            if call is None:
                raise
            return call(function, args, kwargs, found)

    return either  # type: ignore[return-value]
