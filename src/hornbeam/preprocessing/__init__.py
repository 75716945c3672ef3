"""What makes data of files, texts and sequences, on the host. Names only."""

from hornbeam.engine.missing import lazily

__getattr__, __dir__ = lazily(__name__, {}, ("image", "sequence", "text"))
