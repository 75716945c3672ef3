"""`keras.preprocessing`: what makes data of files, texts and sequences. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, submodules=("image", "sequence", "text"))
