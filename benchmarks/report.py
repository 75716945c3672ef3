"""Results as data: one section a benchmark and device in results.json, shown as a table and as RESULTS.md."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import BENCHMARKS, ENTRANTS, Floor

INTRODUCTION = """# Benchmarks

Written by `python -m benchmarks` from `results.json` beside it. A figure is the median of several runs in which all
entrants took turns. A ratio is Hornbeam's figure over the other's: less is better."""
HEADER = ("measure", "who", "median", "range", "Hornbeam / it", "floor")


@dataclass(frozen=True)
class Row:
    """One entrant's figure for one measure; `ratio` is Hornbeam's median over this one's."""

    measure: str
    entrant: str
    unit: str
    runs: tuple[float, ...]
    ratio: str
    floor: str

    def cells(self) -> tuple[str, ...]:
        median = f"{number(statistics.median(self.runs))} {self.unit}"
        ends = f"{number(min(self.runs))} .. {number(max(self.runs))}" if len(self.runs) > 1 else ""
        return self.measure, ENTRANTS[self.entrant].title, median, ends, self.ratio, self.floor


def number(value: float) -> str:
    """Three significant digits, never in scientific notation."""
    if value and abs(value) < 100:
        digits = max(0, 2 - len(str(int(abs(value)))) + 1) if abs(value) >= 1 else 3
        return f"{value:.{digits}f}" if abs(value) >= 0.1 else f"{value:.3g}"
    return f"{value:,.0f}"


def verdict(value: float, floor: Floor, unit: str) -> str:
    """The floor in words, and whether `value` (a figure, or a ratio) keeps under it."""
    limit = f"{floor.limit:g}" if floor.against else f"{floor.limit:g} {unit}"
    whose = f"{ENTRANTS[floor.entrant].title} " if floor.entrant != "hornbeam" else ""
    return f"{whose}at most {limit}: {'met' if value <= floor.limit else 'NOT met'}"


def rows(section: dict[str, Any]) -> Iterator[Row]:
    """The table of one section: each measure in turn, each entrant that ran it, its ratio and its floors.

    `section["entrants"]` maps a name to `{"measures": {measure: [one median a run]}}` or to `{"error": why}`. A ratio
    floor stands in the row of the peer it is held against; an absolute one in the row of the entrant it binds.
    """
    benchmark = BENCHMARKS[section["benchmark"]]
    figures = {name: result.get("measures", {}) for name, result in section["entrants"].items()}
    ours = [name for name in figures if name.startswith("hornbeam")]
    for measure, unit in benchmark.units.items():
        medians = {name: statistics.median(got[measure]) for name, got in figures.items() if got.get(measure)}
        for name, median in medians.items():
            ratios = [medians[each] / median for each in ours if each in medians and name not in ours]
            floors = []
            for floor in benchmark.floors:
                if floor.measure != measure or floor.device != section["device"]:
                    continue
                if floor.against is None and floor.entrant == name:
                    floors.append(verdict(median, floor, unit))
                elif floor.against == name and floor.entrant in medians:
                    floors.append(verdict(medians[floor.entrant] / median, floor, unit))
            yield Row(
                measure, name, unit, tuple(figures[name][measure]), " and ".join(map(number, ratios)), "; ".join(floors)
            )


def notes(section: dict[str, Any]) -> list[str]:
    """Under the table: who failed and why, versions and what the runs noted, the machine, the command."""
    entrants = section["entrants"]
    lines = [f"{ENTRANTS[name].title} failed: {got['error']}" for name, got in entrants.items() if "error" in got]
    for name, got in entrants.items():
        said = {**got.get("versions", {}), **got.get("notes", {})}.items()
        if said:
            lines.append(f"{ENTRANTS[name].title}: " + ", ".join(f"{key} {value}" for key, value in said))
    lines.append("Machine: " + ", ".join(str(value) for value in section["machine"].values()))
    lines.append(f"{section['date']}, commit {section['commit']}, `{section['command']}`")
    return lines


def show(section: dict[str, Any], console: Console) -> None:
    """Print one section as a table: coloured in a terminal, plain in a pipe."""
    title = f"{section['benchmark']} on {section['device']}: {BENCHMARKS[section['benchmark']].title}"
    console.print(title, soft_wrap=True)
    table = Table(*HEADER, box=box.ROUNDED if console.is_terminal else box.ASCII2)
    for row in rows(section):
        style = "red" if "NOT met" in row.floor else "green" if "met" in row.floor else None
        table.add_row(*row.cells(), style=style)
    console.print(table)
    for name, got in section["entrants"].items():
        if "error" in got:
            console.print(
                f"{ENTRANTS[name].title} failed: {got['error']}", style="yellow", markup=False, soft_wrap=True
            )


def markdown(sections: dict[str, Any]) -> str:
    """RESULTS.md: every section in the catalogue's order. Pure, so that the page can always be made again."""
    page = [INTRODUCTION]
    for name, benchmark in BENCHMARKS.items():
        for section in (got for key, got in sorted(sections.items()) if got["benchmark"] == name):
            title = benchmark.title[0].upper() + benchmark.title[1:]
            page += ["", f"## {name} on {section['device']}", "", f"{title}.", ""]
            page += ["| " + " | ".join(HEADER) + " |", "| --- | --- | ---: | ---: | ---: | --- |"]
            page += ["| " + " | ".join(row.cells()) + " |" for row in rows(section)]
            page += ["", *(f"- {line}" for line in notes(section))]
    return "\n".join(page) + "\n"


def write(section: dict[str, Any], folder: Path) -> None:
    """Put one section into `folder`/results.json in the place of its last run, and render RESULTS.md from them all."""
    path = folder / "results.json"
    sections = json.loads(path.read_text()) if path.exists() else {}
    sections[f"{section['benchmark']} {section['device']}"] = section
    path.write_text(json.dumps(sections, indent=1) + "\n")
    (folder / "RESULTS.md").write_text(markdown(sections))
