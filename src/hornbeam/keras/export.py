"""`keras.export`: models for serving. Names only."""

from hornbeam.keras.mirror import mirror

__getattr__, __dir__ = mirror(__name__, more={"ExportArchive": "hornbeam.saving.export_archive"})
