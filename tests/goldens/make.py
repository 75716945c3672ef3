"""Make the goldens: `python tests/goldens/make.py [--check] [family ...]`, in an environment with real Keras.

Writes data/<family>.npz for the families whose BACKEND (TensorFlow when a module names none) is the one that runs
(KERAS_BACKEND). `--check` writes nothing and says how far the running Keras is from the stored files: what two backends
of Keras disagree on is no measure for anyone else, unless the case says which of them is right.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))


def main() -> int:
    from goldens import oracle, store
    from goldens.cases import FAMILIES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("families", nargs="*", default=FAMILIES, metavar="family", help="default: all")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    keras = oracle.real_keras()
    worst = 0
    for family in options.families:
        start = time.perf_counter()
        module = importlib.import_module(f"goldens.cases.{family}")
        path = HERE / "data" / f"{family}.npz"
        namespace = oracle.namespace(module, keras)
        if not options.check and getattr(module, "BACKEND", "tensorflow") != keras.keras.backend.backend():
            print(f"{family}: left alone, it is made with KERAS_BACKEND={getattr(module, 'BACKEND', 'tensorflow')}")
            continue
        if not options.check:
            results = {}
            for name, case in module.CASES.items():
                try:
                    results[name] = case(namespace)
                except Exception as error:
                    raise RuntimeError(f"{family}/{name}") from error
            path.parent.mkdir(exist_ok=True)
            store.save(path, results)
            print(f"{family}: {len(results)} cases, {path.stat().st_size / 1e3:.0f} kB, "
                  f"{time.perf_counter() - start:.1f} s", flush=True)
            continue
        goldens = store.load(path)
        for name, case in module.CASES.items():
            try:
                result = case(namespace)
            except Exception as error:  # a backend may lack an op on this machine; say so and go on
                print(f"{family}/{name}: {type(error).__name__}: {str(error)[:200]}")
                worst = 1
                continue
            complaints = store.compare_numbers(result, goldens[name], *module.TOLERANCE)
            complaints += store.compare_facts(result, goldens[name])
            for complaint in complaints:
                print(f"{family}/{name}: {complaint}")
                worst = 1
        print(f"{family}: {len(goldens)} cases checked, {time.perf_counter() - start:.1f} s", flush=True)
    return worst


if __name__ == "__main__":
    sys.exit(main())
