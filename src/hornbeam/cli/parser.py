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
    options = _parser().parse_args(arguments)
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
    return parser


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
