"""The progress bar: what stands on the screen of a terminal, in a pipe, in a notebook."""

import io
import re
import time

import pytest

from hornbeam.training import progress
from hornbeam.training.progress import ProgressBar, say

LOGS = {"accuracy": 0.8612, "loss": 0.3921}
VALIDATED = {**LOGS, "val_accuracy": 0.8512, "val_loss": 0.4121}


class Terminal(io.StringIO):
    """A terminal of some width: `screen()` is what a person sees, `wrapped` whether a line ever touched its edge."""

    encoding = "utf-8"

    def __init__(self, columns=80, encoding="utf-8"):
        super().__init__()
        self.columns, self.encoding = columns, encoding

    def isatty(self):
        return True

    def lines(self):
        rows = [""]
        text = re.sub(r"\x1b\[\d+m", "", self.getvalue())
        position = 0
        for character in text:
            if character == "\n":
                rows.append("")
                position = 0
            elif character == "\r":
                position = 0
            else:
                rows[-1] = rows[-1][:position].ljust(position) + character + rows[-1][position + 1 :]
                position += 1
                assert position < self.columns, f"the line would wrap: {rows[-1]!r}"
        return [row.rstrip() for row in rows if row.strip()]


@pytest.fixture
def bar(monkeypatch):
    def make(columns=80, target=1500, encoding="utf-8", verbose=1):
        stream = Terminal(columns, encoding)
        monkeypatch.setattr(ProgressBar, "_columns", lambda self: columns)
        monkeypatch.setattr(progress, "_INTERVAL", 0.0)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        return ProgressBar(target, verbose, stream), stream

    yield make
    progress._live = None


def test_a_terminal_shows_one_line_that_is_replaced(bar):
    made, stream = bar()
    made.update(150, LOGS)
    made.update(750, LOGS)
    (line,) = stream.lines()
    assert re.fullmatch(r" 750/1500 ━{20} \ds \d+[mu]s/step - accuracy: 0.8612 - loss: 0.3921", line)
    assert stream.getvalue().count("\x1b[32m━━━━━━━━━━\x1b[0m") == 1  # half of it is done
    made.finish(LOGS, 1500)
    assert len(stream.lines()) == 1 and stream.lines()[0].startswith("1500/1500")
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize("columns", [120, 80, 50, 30, 24])
def test_no_width_wraps_and_the_end_of_an_epoch_loses_nothing(bar, columns):
    made, stream = bar(columns)
    for step in (1, 700, 1499):
        made.update(step, VALIDATED)
    assert len(stream.lines()) == 1
    made.finish(VALIDATED, 1500)
    text = "\n".join(stream.lines())
    assert all(f"{name}: {value}" in text for name, value in VALIDATED.items())
    assert len(stream.lines()) == 1 or columns < 120


def test_at_eighty_columns_validation_goes_under_training(bar):
    made, stream = bar(80)
    made.finish(VALIDATED, 1500)
    first, second = stream.lines()
    assert "━" * 20 in first and first.endswith("accuracy: 0.8612 - loss: 0.3921")
    assert second == " " * 10 + "val_accuracy: 0.8512 - val_loss: 0.4121"


def test_an_unknown_length_and_one_that_becomes_known(bar):
    made, stream = bar(target=None)
    made.update(12, LOGS)
    assert stream.lines()[0].startswith("12/Unknown 0s")
    made.target = 40
    made.finish(LOGS, 40)
    assert stream.lines()[-1].startswith("40/40")


def test_a_terminal_that_knows_no_unicode(bar):
    made, stream = bar(encoding="ascii")
    made.update(750, LOGS)
    assert " 750/1500 ==========.......... " in stream.lines()[0]
    stream.getvalue().encode("ascii")


def test_colours_can_be_turned_off(bar, monkeypatch):
    made, stream = bar()
    monkeypatch.setenv("NO_COLOR", "1")
    made = ProgressBar(10, 1, stream)
    made.update(5, LOGS)
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
def test_a_pipe_gets_the_final_line_only_and_no_control_characters(verbose):
    stream = io.StringIO()
    made = ProgressBar(3, verbose, stream)
    for step in (1, 2, 3):
        made.update(step, LOGS)
        assert stream.getvalue() == ""
    made.finish(LOGS)
    assert re.fullmatch(r"3/3 - 0s - \d+[mu]s/step - accuracy: 0\.8612 - loss: 0\.3921\n", stream.getvalue())


def test_verbose_2_is_a_line_an_epoch_in_a_terminal_too_and_0_is_nothing(bar):
    made, stream = bar(verbose=2)
    made.update(3, LOGS)
    assert stream.getvalue() == ""
    made.finish(LOGS, 1500)
    assert "\r" not in stream.getvalue() and "1500/1500 - 0s" in stream.getvalue()
    made, stream = bar(verbose=0)
    made.update(3, LOGS)
    made.finish(LOGS)
    assert stream.getvalue() == ""


def test_a_notebook_gets_one_updating_line(monkeypatch):
    stream_type = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream", "encoding": "utf-8"})
    stream = stream_type()
    made = ProgressBar(10, 1, stream)
    assert made.live
    made.update(1, LOGS)
    made.finish(LOGS, 10)
    assert stream.getvalue().count("\n") == 1 and "10/10" in stream.getvalue()


def test_what_others_print_stands_clear_of_the_bar(bar):
    made, stream = bar()
    made.update(10, LOGS)
    say("a word", stream)
    made.update(20, LOGS)
    assert stream.lines()[0] == "a word" and stream.lines()[1].startswith("  20/1500")


def test_it_draws_no_oftener_than_twenty_times_a_second_and_costs_nothing_in_between():
    stream = Terminal()
    made = ProgressBar(10**6, 1, stream)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.3:
        made.update(1, LOGS)
    assert 2 <= stream.getvalue().count("\r") <= 8


def test_the_time_of_a_step_leaves_compiling_out(bar, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: clock[0])
    made, stream = bar(target=1000)
    clock[0] = 110.0  # ten seconds of compiling, and the first ten steps
    made.update(10)
    clock[0] = 110.99
    made.update(505)
    assert stream.lines()[0].endswith(" 1s 2ms/step")  # 495 steps of 2 ms are left
    clock[0] = 112.0
    made.finish(step=1000)
    assert stream.lines()[0].endswith(" 12s 2ms/step")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.0000"), (1e-4, "1.0000e-04"), (12.5, "12.5000"), (3e7, "3.0000e+07"), (float("nan"), "nan")]
)
def test_numbers_are_short(value, text):
    assert progress._number(value).startswith(text)


@pytest.mark.parametrize(("seconds", "text"), [(59.4, "59s"), (61, "1:01"), (3700, "1:01:40")])
def test_clock(seconds, text):
    assert progress._clock(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(2.4, "2s/step"), (0.0123, "12ms/step"), (42e-6, "42us/step")])
def test_time_of_a_step(seconds, text):
    assert progress._each(seconds) == text


def test_progress_can_be_silenced(capsys):
    import hornbeam as hb

    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = [[1.0, 2.0]] * 4, [[1.0]] * 4
    hb.utils.disable_interactive_logging()
    try:
        assert not hb.utils.is_interactive_logging_enabled()
        model.fit(x, y, epochs=2)
        assert capsys.readouterr().out == ""
    finally:
        hb.utils.enable_interactive_logging()
    model.fit(x, y, epochs=2)
    assert "Epoch 1/2" in capsys.readouterr().out
