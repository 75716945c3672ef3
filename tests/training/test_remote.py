"""RemoteMonitor, against a server on this machine."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

import hornbeam as hb
from hornbeam.engine.errors import ArgumentError
from hornbeam.training.callbacks import RemoteMonitor


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.received.append((self.path, dict(self.headers), body))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *ignored):
            """Says nothing."""

    found = HTTPServer(("127.0.0.1", 0), Handler)
    found.received, found.status = [], 200
    found.root = f"http://127.0.0.1:{found.server_port}"
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def fit(callback, epochs=2):
    model = hb.Sequential([hb.Input((2,)), hb.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=epochs, verbose=0, callbacks=[callback]).history


def test_a_form_with_the_logs(server):
    history = fit(RemoteMonitor(server.root))
    assert len(server.received) == 2
    path, headers, body = server.received[1]
    assert path == "/publish/epoch/end/" and headers["Content-Type"] == "application/x-www-form-urlencoded"
    (text,) = urllib.parse.parse_qs(body)["data"]
    assert json.loads(text) == {"epoch": 1, "loss": history["loss"][1]}


def test_json_and_headers(server):
    callback = RemoteMonitor(server.root, path="/here", headers={"X-Token": "abc"}, send_as_json=True)
    callback.on_epoch_end(3, {"loss": np.float32(0.5), "each": np.array([1, 2])})
    ((path, headers, body),) = server.received
    assert (path, headers["Content-Type"], headers["X-Token"]) == ("/here", "application/json", "abc")
    assert json.loads(body) == {"epoch": 3, "loss": 0.5, "each": [1, 2]}


def test_another_field(server):
    RemoteMonitor(server.root, field="logs").on_epoch_end(0, {"loss": 1.0})
    assert list(urllib.parse.parse_qs(server.received[0][2])) == ["logs"]


def test_training_goes_on_when_the_server_refuses(server):
    server.status = 500
    with pytest.warns(UserWarning, match="could not reach.*500"):
        assert len(fit(RemoteMonitor(server.root))["loss"]) == 2


def test_training_goes_on_without_a_server(server):
    root = "http://127.0.0.1:9"  # discard: nothing listens there
    with pytest.warns(UserWarning, match="RemoteMonitor could not reach http://127.0.0.1:9/publish"):
        assert len(fit(RemoteMonitor(root))["loss"]) == 2


def test_only_the_web(tmp_path):
    with pytest.raises(ArgumentError, match="begins with http"):
        RemoteMonitor(f"file://{tmp_path}")
