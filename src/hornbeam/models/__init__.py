"""Models: Sequential, functional and subclassed."""

from hornbeam.models.cloning import clone_model
from hornbeam.models.functional import Functional
from hornbeam.models.model import Model
from hornbeam.models.sequential import Sequential
from hornbeam.saving import load_model, model_from_json, save_model

__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]
