"""Functions that only TensorFlow spells, by family; what Keras has too is in the folder above, and `tf.*` names rows of it."""
