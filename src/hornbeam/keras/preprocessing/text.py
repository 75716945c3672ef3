"""`keras.preprocessing.text`: texts. Names only."""

from hornbeam.keras.mirror import mirror

_NAMES = ("Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json")
__getattr__, __dir__ = mirror(__name__, more=dict.fromkeys(_NAMES, "hornbeam.preprocessing.text"))
