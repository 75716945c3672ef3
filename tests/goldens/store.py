"""How golden results are kept and compared.

A result is a dict: NumPy arrays are numbers (floats compared to a tolerance, the rest exactly), everything else is a
fact (a name, a shape, a config), kept as JSON and compared exactly. One compressed file holds one family: all arrays of
one dtype lie end to end in one buffer, because a thousand small members would cost more than their contents.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

Result = dict[str, Any]


def is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def fact(value: Any) -> Any:
    """`value` as JSON would give it back, so that tuples, NumPy scalars and lists compare alike."""
    if isinstance(value, dict):
        return {str(key): fact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fact(item) for item in value]
    if isinstance(value, np.generic):
        return fact(value.item())
    if isinstance(value, float):
        return float(np.float32(value))
    return value


def save(path: Path, results: dict[str, Result]) -> None:
    """Write a family's results (case name -> result) to `path`, a `.npz` file; the same results give the same bytes."""
    buffers: dict[str, list[np.ndarray]] = {}
    index: dict[str, Any] = {}
    for case, result in results.items():
        entry: dict[str, Any] = {"numbers": [], "facts": {}}
        for key, value in result.items():
            if is_number(value):
                dtype = value.dtype.name
                buffers.setdefault(dtype, []).append(value.reshape(-1))
                entry["numbers"].append([key, dtype, list(value.shape)])
            else:
                entry["facts"][key] = fact(value)
        index[case] = entry
    text = json.dumps(index, separators=(",", ":"))
    arrays = {dtype: np.concatenate(parts) for dtype, parts in buffers.items()}
    np.savez_compressed(path, index=np.frombuffer(text.encode(), np.uint8), **arrays)


def load(path: Path) -> dict[str, Result]:
    """What `save` wrote."""
    with np.load(path) as file:
        index = json.loads(file["index"].tobytes())
        buffers = {name: file[name] for name in file.files if name != "index"}
    position = dict.fromkeys(buffers, 0)
    results: dict[str, Result] = {}
    for case, entry in index.items():
        result: Result = dict(entry["facts"])
        for key, dtype, shape in entry["numbers"]:
            start, size = position[dtype], int(np.prod(shape, dtype=int))
            result[key] = buffers[dtype][start : start + size].reshape(shape)
            position[dtype] = start + size
        results[case] = result
    return results


def compare_numbers(actual: Result, expected: Result, rtol: float, atol: float) -> list[str]:
    """One line for each array that is missing, misshapen or further than `atol + rtol*|expected|` from its golden."""
    complaints = []
    for key, want in expected.items():
        if not is_number(want):
            continue
        got = actual.get(key)
        if got is None:
            complaints.append(f"{key}: missing")
        elif not is_number(got):
            complaints.append(f"{key}: {got!r}, expected {want.dtype}{list(want.shape)}")
        elif got.shape != want.shape or got.dtype != want.dtype:
            complaints.append(f"{key}: {got.dtype}{list(got.shape)}, expected {want.dtype}{list(want.shape)}")
        elif want.dtype.kind == "f":
            if not np.allclose(got, want, rtol=rtol, atol=atol, equal_nan=True):
                error = np.abs(got.astype("float64") - want)
                worst = int(np.argmax(error / (atol + rtol * np.abs(want)))) if want.size else 0
                complaints.append(f"{key}: largest error {np.nanmax(error):.3g}; at flat index {worst}: "
                                  f"{got.flat[worst]:.8g}, expected {want.flat[worst]:.8g}; "
                                  f"{np.mean(error > atol + rtol * np.abs(want)):.0%} of {want.size} values are off")
        elif not np.array_equal(got, want):
            complaints.append(f"{key}: {got.ravel()[:8]}, expected {want.ravel()[:8]}")
    return complaints


def compare_facts(actual: Result, expected: Result) -> list[str]:
    """One line for each fact that differs; in dicts and lists only the differing parts are named."""
    complaints: list[str] = []
    for key, want in expected.items():
        if is_number(actual.get(key)) and not is_number(want):
            complaints.append(f"{key}: {actual[key].ravel()[:8]}, expected {want!r}")
        elif not is_number(want):
            _compare_fact(key, fact(actual.get(key)), want, complaints)
    return complaints


def _uncounted(name: Any) -> Any:
    """An automatic name without the number that says how many came before it, which depends on what ran before."""
    return re.sub(r"_\d+$", "", name) if isinstance(name, str) else name


def _compare_fact(key: str, got: Any, want: Any, complaints: list[str]) -> None:
    if isinstance(got, dict) and isinstance(want, dict):
        for name in sorted({*got, *want}):
            if name not in got:
                complaints.append(f"{key}[{name!r}]: missing, expected {want[name]!r}")
            elif name not in want:
                complaints.append(f"{key}[{name!r}]: {got[name]!r}, which Keras does not have")
            else:
                _compare_fact(f"{key}[{name!r}]", got[name], want[name], complaints)
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for i, (one, other) in enumerate(zip(got, want, strict=True)):
            _compare_fact(f"{key}[{i}]", one, other, complaints)
    elif isinstance(want, str) and isinstance(got, str) and want.startswith("raises ") and got.startswith("raises "):
        if want.split()[1] not in got.split():  # the golden has the type, the result all its bases
            complaints.append(f"{key}: {got}, expected {want}")
    elif got != want and not (key == "name" and _uncounted(got) == _uncounted(want)):
        complaints.append(f"{key}: {got!r}, expected {want!r}")
