"""A folder that `hornbeam run` puts on PYTHONPATH, for the sake of its sitecustomize."""
