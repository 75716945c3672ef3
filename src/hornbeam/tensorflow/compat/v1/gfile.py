"""`tf.compat.v1.gfile`: the older names of `tf.io.gfile`."""

from hornbeam.engine.missing import lazily

_FILES = "hornbeam.ops.files"
_NAMES = {
    "Copy": f"{_FILES}:copy",
    "DeleteRecursively": f"{_FILES}:rmtree",
    "Exists": f"{_FILES}:exists",
    "FastGFile": f"{_FILES}:GFile",
    "GFile": _FILES,
    "Glob": f"{_FILES}:glob",
    "IsDirectory": f"{_FILES}:isdir",
    "ListDirectory": f"{_FILES}:listdir",
    "MakeDirs": f"{_FILES}:makedirs",
    "MkDir": f"{_FILES}:mkdir",
    "Open": f"{_FILES}:GFile",
    "Remove": f"{_FILES}:remove",
    "Rename": f"{_FILES}:rename",
    "Stat": f"{_FILES}:stat",
    "Walk": f"{_FILES}:walk",
}

__getattr__, __dir__ = lazily(__name__, _NAMES)
