"""Telling a server about each epoch."""

import json
import urllib.parse
from typing import Any

import numpy as np

from hornbeam.engine.callers import warn
from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks.base import Callback, Logs

TIMEOUT = 10.0  # seconds to wait for an answer; training stands still meanwhile


class RemoteMonitor(Callback):
    """Posts the logs of each epoch, with its number as 'epoch', to a server, as JSON. A server that cannot be reached is a warning.

    Args:
        root: the server's address, 'http://...' or 'https://...'.
        path: where on the server.
        field: the field of the form that the JSON is in.
        headers: further headers of the request.
        send_as_json: post the JSON itself, as 'application/json', rather than a form with one field.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ):
        super().__init__()
        if urllib.parse.urlsplit(root).scheme not in ("http", "https"):
            raise ArgumentError(f"`root` of RemoteMonitor is an address that begins with http:// or https://; received {root!r}.")
        self.root, self.path, self.field, self.headers, self.send_as_json = root, path, field, headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        import http.client  # with urllib.request 40 ms, which only who posts should pay
        import urllib.error
        import urllib.request

        text = json.dumps({"epoch": epoch, **{name: _plain(value) for name, value in (logs or {}).items()}})
        kind, body = "application/json", text
        if not self.send_as_json:
            kind, body = "application/x-www-form-urlencoded", urllib.parse.urlencode({self.field: text})
        headers = {"Content-Type": kind, **(self.headers or {})}
        request = urllib.request.Request(self.root + self.path, body.encode(), headers, method="POST")
        try:
            urllib.request.urlopen(request, timeout=TIMEOUT).close()
        except (OSError, http.client.HTTPException) as error:
            warn(f"RemoteMonitor could not reach {self.root}{self.path}: {error}")


def _plain(value: Any) -> Any:
    return np.asarray(value).tolist()
