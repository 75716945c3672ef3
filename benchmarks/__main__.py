"""`python -m benchmarks`: runs Hornbeam and its peers in turn on the same data and says by how much they differ."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import data, environments, report
from benchmarks.catalogue import BENCHMARKS, ENTRANTS, PEERS
from benchmarks.workers import MARK


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run (default all): {', '.join(BENCHMARKS)}")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each entrant, taken in turn (default 3)")
    parser.add_argument("--peers", default=",".join(PEERS), help=f"who to run against (default {','.join(PEERS)})")
    parser.add_argument(
        "--quick", action="store_true", help="one short run of each: to see that it works, not to quote"
    )
    parser.add_argument(
        "--write",
        action=argparse.BooleanOptionalAction,
        help="write RESULTS.md (default: when the run is full, with all peers and not quick)",
    )
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one run of one entrant (default 900)")
    parser.add_argument(
        "--environments",
        type=Path,
        metavar="DIR",
        help="where the peers' virtual environments are made (default $HORNBEAM_BENCH_ENVS, or in the cache folder)",
    )
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="ENTRANT=PATH",
        help="run this entrant with an interpreter you already have, instead of making an environment for it",
    )
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark is called {name!r}; there are {', '.join(BENCHMARKS)}")
    chosen.peers = [name for name in chosen.peers.split(",") if name]
    chosen.python = dict(each.partition("=")[::2] for each in chosen.python)
    for name in [*chosen.peers, *chosen.python]:
        if name not in ENTRANTS:
            parser.error(f"no entrant is called {name!r}; there are {', '.join(ENTRANTS)}")
    return chosen


def machine(device: str) -> dict[str, Any]:
    """The processor, its cores, memory, how busy the machine was before the start, and the GPU if it is used."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found: dict[str, Any] = {"processor": model, "cores": f"{cores} cores"}
    if hasattr(os, "sysconf"):
        found["memory"] = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    if device == "gpu" and shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        found["gpu"] = subprocess.run(query, capture_output=True, text=True).stdout.strip().splitlines()[0]
    found |= {"system": platform.platform(terse=True), "python": f"Python {platform.python_version()}"}
    if hasattr(os, "getloadavg"):
        found["load"] = f"load average {os.getloadavg()[0]:.1f} at the start"
    return found


def commit() -> str:
    """The checkout's commit, marked when files under src differ from it."""
    try:
        run = ["git", "-C", str(environments.ROOT)]
        name = subprocess.run([*run, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
        changed = subprocess.run([*run, "status", "--porcelain", "src"], capture_output=True, text=True).stdout
        return name.strip() + (" with changes" if changed.strip() else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def run(command: list[str], variables: dict[str, str], timeout: float) -> dict[str, Any]:
    """Run one worker in its own process group; its result, or `{"error": why}`."""
    worker = subprocess.Popen(
        command, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        out, err = worker.communicate(timeout=timeout)
    except BaseException as reason:  # a timeout, or Ctrl-C: either way nothing of it keeps running
        os.killpg(worker.pid, signal.SIGKILL)
        worker.communicate()
        if isinstance(reason, subprocess.TimeoutExpired):
            return {"error": f"took longer than {timeout:g} s"}
        raise
    said = [line[len(MARK) :] for line in out.splitlines() if line.startswith(MARK)]
    if worker.returncode or not said:
        print(err[-4000:], file=sys.stderr)
        return {"error": (err.strip().splitlines() or [f"exit status {worker.returncode}"])[-1][:300]}
    return json.loads(said[-1])


def race(name: str, chosen: argparse.Namespace, pythons: dict[str, str], cache: Path) -> dict[str, Any]:
    """All entrants of one benchmark in turn (A B C A B C ...); per entrant and measure, the median of each run."""
    results: dict[str, Any] = {}
    machine_before = machine(chosen.device)
    for turn in range(chosen.repeats):
        for entrant in BENCHMARKS[name].entrants:
            known = results.get(entrant, {})
            if "error" in known or not (entrant.startswith("hornbeam") or entrant in chosen.peers):
                continue
            print(f"{name}: {ENTRANTS[entrant].title}, run {turn + 1} of {chosen.repeats}", file=sys.stderr, flush=True)
            if not Path(pythons[entrant]).exists():
                results[entrant] = {"error": pythons[entrant]}
                continue
            command = [pythons[entrant], "-m", f"benchmarks.{BENCHMARKS[name].module}", name, entrant]
            got = run(command, environments.variables(entrant, chosen.device, cache, chosen.quick), chosen.timeout)
            if "error" not in got:
                before = known.get("measures", {})
                medians = {key: float(f"{statistics.median(values):.4g}") for key, values in got["measures"].items()}
                got["measures"] = {key: [*before.get(key, []), value] for key, value in medians.items()}
            results[entrant] = got
    return {
        "benchmark": name, "device": chosen.device, "machine": machine_before, "entrants": results, "commit": commit(),
        "command": shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]]), "date": f"{datetime.date.today()}",
    }  # fmt: skip


def main() -> None:
    chosen, console = options(), Console(soft_wrap=not sys.stdout.isatty())
    chosen.repeats = 1 if chosen.quick else chosen.repeats
    names, cache = chosen.names or list(BENCHMARKS), environments.cache_folder()
    folder = chosen.environments or Path(os.environ.get("HORNBEAM_BENCH_ENVS") or cache / "environments")
    data.prepare(cache, environments.variables("hornbeam", "cpu", cache, False))
    pythons = {}
    for entrant in dict.fromkeys(each for name in names for each in BENCHMARKS[name].entrants):
        if not entrant.startswith("hornbeam") and entrant not in chosen.peers:
            continue
        try:
            pythons[entrant] = environments.interpreter(entrant, chosen.device, folder, chosen.python)
        except subprocess.CalledProcessError as reason:
            print(reason.stdout, file=sys.stderr)
            pythons[entrant] = f"its environment could not be made ({(reason.stdout or '').strip().splitlines()[-1:]})"
    full = not chosen.quick and set(chosen.peers) >= set(PEERS)
    for name in names:
        section = race(name, chosen, pythons, cache)
        report.show(section, console)
        if chosen.write or (chosen.write is None and full):
            report.write({f"{name} {chosen.device}": section}, Path(__file__).parent)


if __name__ == "__main__":
    main()
