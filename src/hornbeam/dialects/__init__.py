"""What older spellings mean, as tables: what TensorFlow 2.0 to 2.15 and Keras 2 accepted. Installed when `hornbeam.keras` is first used."""

from hornbeam.dialects.install import first, install, uninstall
from hornbeam.dialects.rows import OldSpelling

__all__ = ["OldSpelling", "first", "install", "uninstall"]
