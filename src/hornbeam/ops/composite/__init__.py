"""Tensors made of several: rows of different lengths (ragged), and few values among zeros (sparse)."""
