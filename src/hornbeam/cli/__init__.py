"""The command `hornbeam`."""

from hornbeam.cli.parser import main as main
