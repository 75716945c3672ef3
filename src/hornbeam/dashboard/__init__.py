"""What is shown of a model: its summary."""

from hornbeam.dashboard.summary import print_summary

__all__ = ["print_summary"]
