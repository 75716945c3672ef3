"""What is shown of a model: its summary, its picture."""

from hornbeam.dashboard.plot import model_to_dot, plot_model
from hornbeam.dashboard.summary import print_summary

__all__ = ["model_to_dot", "plot_model", "print_summary"]
