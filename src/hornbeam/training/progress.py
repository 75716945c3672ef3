"""The progress bar: one live line in a terminal or a notebook, one plain line an epoch in a pipe.

Written by hand rather than with rich: importing rich takes longer than a small training run, and a line that is
replaced with a carriage return is all there is to it.
"""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

_INTERVAL = 0.05  # seconds between two drawings
_BAR = 20
_live: "ProgressBar | None" = None
_talks = {"interactive": True}


def enable_interactive_logging() -> None:
    """Show progress and callbacks' messages, as from the start."""
    _talks["interactive"] = True


def disable_interactive_logging() -> None:
    """Show neither progress nor callbacks' messages, whatever `verbose` says."""
    _talks["interactive"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress and callbacks' messages are shown."""
    return _talks["interactive"]


class ProgressBar:
    """Shows how far an epoch is: `ProgressBar(1500).update(750, {'loss': 0.4})`, and `finish` at its end.

    Args:
        target_steps: the steps of the epoch, None when nobody knows.
        verbose: 0 nothing, 1 a live line (in a pipe: as 2), 2 one line when the epoch ends, 'auto' as 1.
        stream: where to write, `sys.stdout` by default. Colours and Unicode are used only where it can show them.
    """

    def __init__(self, target_steps: int | None, verbose: int | str = "auto", stream: TextIO | None = None):
        self.target, self.stream = target_steps, stream if stream is not None else sys.stdout
        self._notebook = type(self.stream).__module__.startswith("ipykernel")
        terminal = bool(getattr(self.stream, "isatty", lambda: False)()) and os.environ.get("TERM") != "dumb"
        self.verbose = 0 if not _talks["interactive"] else 1 if verbose == "auto" else int(verbose)
        self.live = self.verbose == 1 and (terminal or self._notebook)
        self._interval = 5 * _INTERVAL if self._notebook else _INTERVAL
        plain_windows = os.name == "nt" and "WT_SESSION" not in os.environ
        self._colours = self.live and not os.environ.get("NO_COLOR") and not plain_windows
        self._ascii = not _can_encode("━…", self.stream)
        self._began = self._drawn_at = time.perf_counter()
        self._first: tuple[int, float] | None = None  # step and time of the first news: before it, programs were compiled
        self._last: tuple[int, float] = (0, self._began)
        self._width_drawn = 0
        self._drawn = False

    def update(self, step: int, logs: Mapping[str, Any] | None = None) -> None:
        """`step` steps are done; draw, unless that was done a moment ago."""
        now = time.perf_counter()
        if self._first is None:
            self._first = (step, now)
        self._last = (step, now)
        if self.live and (not self._drawn or now - self._drawn_at >= self._interval):
            self._drawn_at = now
            self._draw(self._fitted(step, logs or {}, now), end="")

    @property
    def steps_done(self) -> int:
        return self._last[0]

    def finish(self, logs: Mapping[str, Any] | None = None, step: int | None = None) -> None:
        """The epoch has ended: write its final line."""
        if not self.verbose:
            return
        step = self._last[0] if step is None else step
        if self.live:
            self._draw(self._final(step, logs or {}), end="\n")
        else:
            self._write(" - ".join([self._count(step), *self._times(step, final=True), *_metrics(logs or {})]) + "\n")

    def clear(self) -> None:
        """Take the live line away, so that others can print; the next drawing brings it back."""
        if self._drawn and self._width_drawn:
            self._write("\r" + " " * self._width_drawn + "\r")
            self._width_drawn, self._drawn = 0, False

    # Composition.
    def _fitted(self, step: int, logs: Mapping[str, Any], now: float) -> tuple[str, int]:
        """The richest line that fits into the terminal, and how wide it is."""
        room = self._columns() - 1
        count, (eta, rate), metrics = self._count(step), self._times(step, now=now), _metrics(logs)
        for bar, times in (
            (_BAR, f"{eta} {rate}"),
            (10, f"{eta} {rate}"),
            (5, f"{eta} {rate}"),
            (0, f"{eta} {rate}"),
            (0, eta),
        ):
            line = self._line(step, count, bar, times, metrics)
            if line[1] <= room:
                return line
        while metrics:
            metrics = metrics[:-1]
            line = self._line(step, count, 0, eta, [*metrics, "..." if self._ascii else "…"])
            if line[1] <= room:
                return line
        return count[:room], min(room, len(count))

    def _final(self, step: int, logs: Mapping[str, Any]) -> tuple[str, int]:
        """The epoch's last line. What has no room goes on in further lines, validation first, so that nothing wraps."""
        room = self._columns() - 1
        count, times, metrics = self._count(step), " ".join(self._times(step, final=True)), _metrics(logs)
        validation = next((i for i, name in enumerate(logs) if name.startswith("val_")), len(metrics))
        for shown in (len(metrics), validation, 1, 0):
            for bar in (_BAR, 10, 5, 0):
                text, width = self._line(step, count, bar, times, metrics[:shown])
                if width <= room:
                    return self._continued(text, width, metrics[shown:], " " * (len(count) + 1), room)
        return self._continued(count, len(count), [times, *metrics], "  ", room)

    def _continued(self, text: str, width: int, more: list[str], indent: str, room: int) -> tuple[str, int]:
        """`text`, and under it further parts, as many to a line as fit."""
        fresh = True
        for part in more:
            if fresh or width + 3 + len(part) > room:
                indent = indent if len(indent) + len(part) <= room else "  "
                text, width, fresh = f"{text}\n{indent}{part}", len(indent) + len(part), False
            else:
                text, width = f"{text} - {part}", width + 3 + len(part)
        return text, width

    def _line(self, step: int, count: str, bar: int, times: str, metrics: list[str]) -> tuple[str, int]:
        rest = " - ".join([times, *metrics])
        if not bar or not self.target:
            return f"{self._paint('1', count)} {rest}", len(count) + 1 + len(rest)
        done = min(bar, step * bar // self.target)
        full, empty = ("=", ".") if self._ascii else ("━", "━" if self._colours else "─")
        drawn = self._paint("32", full * done) + self._paint("2", empty * (bar - done))
        return f"{self._paint('1', count)} {drawn} {rest}", len(count) + 1 + bar + 1 + len(rest)

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and text else text

    def _count(self, step: int) -> str:
        if self.target is None:
            return f"{step}/Unknown"
        return f"{step:>{len(str(self.target))}}/{self.target}"

    def _times(self, step: int, now: float | None = None, final: bool = False) -> tuple[str, str]:
        """The time left (at the end: the whole time), and the time of a step, compiling not counted."""
        last_step, last = self._last
        each = (last - self._began) / max(1, last_step)
        if self._first is not None and last_step > self._first[0]:
            each = (last - self._first[1]) / (last_step - self._first[0])
        if final or self.target is None:
            seconds = (time.perf_counter() if now is None else now) - self._began
        else:
            seconds = each * max(0, self.target - step)
        return _clock(seconds), _each(each)

    # Output.
    def _columns(self) -> int:
        if self._notebook:
            return 110
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns
        except (OSError, ValueError, AttributeError):
            columns = int(os.environ.get("COLUMNS", "80") or 80)
        return max(columns or 80, 16)

    def _draw(self, line: tuple[str, int], end: str) -> None:
        """Replace the live line by `line` (a text and its width without colour codes)."""
        global _live
        text, width = line
        if end:
            text = " " * self._width_drawn + "\r" + text  # the last one may be several lines, so wipe first
        else:
            text += " " * max(0, self._width_drawn - width)
        self._write("\r" + text + end)
        self._width_drawn, self._drawn = (0, False) if end else (width, True)
        _live = None if end else self

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line of its own, clear of a live bar."""
    if not _talks["interactive"]:
        return
    if _live is not None:
        _live.clear()
    stream = stream if stream is not None else sys.stdout
    stream.write(text + "\n")
    stream.flush()


def _metrics(logs: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {_number(value)}" for name, value in logs.items()]


def _number(value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value).replace("\n", " ")
    return f"{number:.4f}" if number == 0 or 1e-3 <= abs(number) < 1e6 else f"{number:.4e}"


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    if whole < 60:
        return f"{whole}s"
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _each(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.0f}s/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us/step"


def _can_encode(text: str, stream: Any) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
