"""What `hornbeam` accepts. Nothing heavy is imported until a command runs, so `--help` answers at once."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from hornbeam import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line, by default the process's own, and returns the exit status.

    A user's mistake, or a file that cannot be used, ends with status 1 and one paragraph on standard error; Ctrl-C
    with status 130.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments and arguments[0].endswith((".py", ".ipynb")):
        arguments.insert(0, "run")  # `python -m hornbeam script.py`
    if arguments[:1] == ["run"]:
        arguments, rest = _until_the_program(arguments)
    else:
        rest = []
    options = _parser().parse_args(arguments)
    options.rest = rest
    if options.run is _run and options.program.endswith(".ipynb"):
        options.run = _run_notebook
    if options.run is _run:
        return _run(options)  # what goes wrong is the program's, and told as Python tells it
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("hornbeam: stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        from hornbeam.engine.errors import HornbeamError

        if not isinstance(error, HornbeamError | OSError):
            raise
        print(f"hornbeam: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("hornbeam", description="Deep learning with Keras's five steps, compiled whole.")
    parser.add_argument("--version", action="version", version=f"hornbeam {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)

    demo = commands.add_parser(
        "demo",
        help="train a network on Fashion-MNIST, from the data to the saved model",
        description="Trains a 784-128-10 network on Fashion-MNIST, evaluates it, lets it name a picture and saves it.",
    )
    demo.add_argument("--epochs", type=_positive, default=10, metavar="N", help="passes over the data (default: 10)")
    demo.add_argument(
        "--folder",
        type=Path,
        default=Path("hornbeam-demo"),
        help="where the trained model goes (default: hornbeam-demo in the current folder)",
    )
    demo.set_defaults(run=_demo)

    info = commands.add_parser(
        "info",
        help="versions, devices and caches of this installation",
        description="Prints what a report about this installation needs: versions, devices, caches.",
    )
    info.add_argument("--json", action="store_true", help="as JSON, for programs")
    info.set_defaults(run=_info)

    run = commands.add_parser(
        "run",
        help="run a TensorFlow or Keras program, or a notebook, as it is",
        description="Runs a program as `python` would, with Hornbeam in the place of TensorFlow and Keras. What follows the program "
        "goes to it.",
    )
    run.add_argument("-m", dest="module", action="store_true", help="the program is a module's name, as after `python -m`")
    run.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="a notebook: where the executed one goes (default: name.executed.ipynb)"
    )
    run.add_argument("--allow-errors", action="store_true", help="a notebook: go on after a cell that fails")
    run.add_argument("program", help="a Python file, a notebook, or - for standard input")
    run.add_argument("arguments", nargs="*", help="the program's own arguments")
    run.set_defaults(run=_run)

    check = commands.add_parser(
        "check",
        help="list the TensorFlow and Keras names that a program or notebook uses, and those that are missing here",
        description="Reads a program or notebook, or all of a folder, without running it, and lists the TensorFlow and Keras "
        "names it uses, with their lines. Ends with status 1 when Hornbeam lacks any of them.",
    )
    check.add_argument("file", type=Path, help="a Python file, a notebook, or a folder of them")
    check.add_argument("--missing", action="store_true", help="list only what is missing")
    check.set_defaults(run=_check)
    return parser


def _until_the_program(arguments: list[str]) -> tuple[list[str], list[str]]:
    """`run`, its options and the program; and what follows, which is the program's own: also what looks like options of ours.

    A notebook has no arguments, so what follows one is ours.
    """
    place = 1
    while place < len(arguments) and arguments[place].startswith("-") and arguments[place] != "-":
        place += 2 if arguments[place] in ("-o", "--output") else 1
    if place >= len(arguments) or arguments[place].endswith(".ipynb"):
        return arguments, []
    return arguments[: place + 1], arguments[place + 1 :]


def _positive(text: str) -> int:
    number = int(text)  # argparse turns a ValueError into its own message
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _demo(options: argparse.Namespace) -> int:
    from hornbeam.cli.demo import demo

    return demo(options.epochs, options.folder)


def _info(options: argparse.Namespace) -> int:
    from hornbeam.cli.info import show

    return show(as_json=options.json)


def _run(options: argparse.Namespace) -> int:
    from hornbeam.cli.run import run

    return run(options.program, options.rest, options.module)


def _run_notebook(options: argparse.Namespace) -> int:
    from hornbeam.cli.notebook import run_notebook

    return run_notebook(Path(options.program), options.output, options.allow_errors)


def _check(options: argparse.Namespace) -> int:
    from hornbeam.cli.check import check

    return check(options.file, options.missing)
