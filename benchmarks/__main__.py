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
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"which to run (default all): {', '.join(BENCHMARKS)}")
    add("--device", choices=("cpu", "gpu"), default="cpu")
    add("--repeats", type=int, default=3, help="runs of each entrant, taken in turn (default 3)")
    add("--peers", default=",".join(PEERS), help=f"who to run against (default {','.join(PEERS)})")
    add("--quick", action="store_true", help="one short run of each: to see that it works, not to quote")
    write = "write RESULTS.md (default: when all peers run and it is not quick)"
    add("--write", action=argparse.BooleanOptionalAction, help=write)
    add("--timeout", type=float, default=900, help="seconds for one run of one entrant (default 900)")
    where = "where the peers' virtual environments are made (default $HORNBEAM_BENCH_ENVS, or in the cache folder)"
    add("--environments", type=Path, metavar="DIR", help=where)
    python = "run this entrant with an interpreter that you have, instead of making an environment for it"
    add("--python", action="append", default=[], metavar="ENTRANT=PATH", help=python)
    chosen = parser.parse_args()
    chosen.repeats = 1 if chosen.quick else chosen.repeats
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
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found: dict[str, Any] = {"processor": (models or [platform.processor()])[0], "cores": f"{cores} cores"}
    if hasattr(os, "sysconf"):
        found["memory"] = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    if device == "gpu" and shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        found["gpu"] = subprocess.run(query, capture_output=True, text=True).stdout.strip()
    found |= {"system": platform.system(), "python": f"Python {platform.python_version()}"}
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
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than {timeout:g} s"}
    finally:  # after a timeout or Ctrl-C nothing of it keeps running
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.communicate()
    said = [line[len(MARK) :] for line in out.splitlines() if line.startswith(MARK)]
    if worker.returncode or not said:
        print(err[-4000:], file=sys.stderr)
        return {"error": (err.strip().splitlines() or [f"exit status {worker.returncode}"])[-1][:300]}
    return json.loads(said[-1])


def race(name: str, pythons: dict[str, str], broken: dict[str, str], cache: Path, chosen: argparse.Namespace) -> Any:
    """One benchmark's section: all who have an interpreter, in turn (A B C A B C ...), and the median of each run.

    `broken` says why a peer has no interpreter; who fails in one run does not run again.
    """
    results: dict[str, Any] = {each: {"error": broken[each]} for each in BENCHMARKS[name].entrants if each in broken}
    before = machine(chosen.device)
    for turn in range(chosen.repeats):
        for entrant in (each for each in BENCHMARKS[name].entrants if each in pythons):
            known = results.get(entrant, {"measures": {}})
            if "error" in known:
                continue
            print(f"{name}: {ENTRANTS[entrant].title}, run {turn + 1} of {chosen.repeats}", file=sys.stderr, flush=True)
            command = [pythons[entrant], "-m", f"benchmarks.{BENCHMARKS[name].module}", name, entrant]
            got = run(command, environments.variables(entrant, chosen.device, cache, chosen.quick), chosen.timeout)
            for measure, values in got.get("measures", {}).items():
                median = float(f"{statistics.median(values):.4g}")
                got["measures"][measure] = [*known["measures"].get(measure, []), median]
            results[entrant] = got
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    section = {"benchmark": name, "device": chosen.device, "date": str(datetime.date.today()), "command": command}
    return {**section, "commit": commit(), "machine": before, "entrants": results}


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # as an exception, so that `run` ends its worker
    chosen, console = options(), Console(width=None if sys.stdout.isatty() else 160)
    names, cache = chosen.names or list(BENCHMARKS), environments.cache_folder()
    folder = chosen.environments or Path(os.environ.get("HORNBEAM_BENCH_ENVS") or cache / "environments")
    cache.mkdir(parents=True, exist_ok=True)
    data.prepare(cache, environments.variables("hornbeam", "cpu", cache, False))
    pythons: dict[str, str] = {}
    broken: dict[str, str] = {}
    for entrant in dict.fromkeys(each for name in names for each in BENCHMARKS[name].entrants):
        if entrant.startswith("hornbeam") or entrant in chosen.peers:
            try:
                pythons[entrant] = environments.interpreter(entrant, chosen.device, folder, chosen.python)
            except subprocess.CalledProcessError as reason:
                print(reason.stdout, file=sys.stderr)
                said = (reason.stdout or "").strip().splitlines() or ["pip said nothing"]
                broken[entrant] = f"its environment could not be made: {said[-1]}"
    for name in names:
        section = race(name, pythons, broken, cache, chosen)
        report.show(section, console)
        whole = not any("error" in got for who, got in section["entrants"].items() if who.startswith("hornbeam"))
        full = whole and not chosen.quick and set(chosen.peers) >= set(PEERS)
        if chosen.write or (chosen.write is None and full):
            report.write(section, Path(__file__).parent)


if __name__ == "__main__":
    main()
