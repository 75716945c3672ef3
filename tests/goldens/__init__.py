"""Golden outputs from real Keras, and the cases that produce them; see README.md."""
