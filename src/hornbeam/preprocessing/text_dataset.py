"""A folder of text files as a Dataset."""

import os
from collections.abc import Sequence
from typing import Any

from hornbeam.engine.function import TensorSpec
from hornbeam.preprocessing import directory as folders


def text_dataset_from_directory(
    directory: Any, labels: Any = "inferred", label_mode: str | None = "int", class_names: Sequence[str] | None = None,
    batch_size: int | None = 32, max_length: int | None = None, shuffle: bool = True, seed: int | None = None,
    validation_split: float | None = None, subset: str | None = None, follow_links: bool = False, format: str = "tf", verbose: bool = True,
) -> Any:  # fmt: skip
    """Batches of texts (strings) and labels: the `.txt` files of a folder; arguments as of `image_dataset_from_directory`.

    Args:
        max_length: texts are cut after so many bytes.

    Returns: a Dataset, which also has `class_names` and `file_paths`.
    """
    request = folders.Request(
        directory, labels, label_mode, class_names, batch_size, shuffle, seed, validation_split, subset, follow_links, verbose
    ).checked()

    def read(path: bytes) -> Any:
        with open(os.fsdecode(path), "rb") as file:
            return file.read() if max_length is None else file.read(max_length)

    return folders.datasets(request, folders.found(request, (".txt",), "text"), read, TensorSpec((), "string"))
