"""Downloads, over a web server on the loopback address: whole or not at all."""

import hashlib
import http.server
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from hornbeam.datasets import DatasetError, _fetch
from hornbeam.datasets._fetch import Remote, cache_folder, download, keep_copy
from hornbeam.engine.errors import HornbeamError

BODY = os.urandom(300_000)


@pytest.fixture
def server():
    """Serves BODY at /file, half of it at /short, more at /long, other bytes at /wrong; remembers the requests."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            bodies = {"/file": BODY, "/short": BODY[:150_000], "/long": BODY + b"x", "/wrong": BODY[::-1]}
            if self.path not in bodies:
                return self.send_error(404)
            self.send_response(200)
            # A dropped connection: the announced length is the whole file's.
            self.send_header("Content-Length", str(len(BODY) if self.path == "/short" else len(bodies[self.path])))
            self.end_headers()
            self.wfile.write(bodies[self.path])

        def log_message(self, *arguments):
            pass

    asked: list[str] = []
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.asked = asked
    running.address = f"http://127.0.0.1:{running.server_port}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def remote(*urls: str) -> Remote:
    return Remote("file.gz", urls, len(BODY), hashlib.sha256(BODY).hexdigest())


def test_download(server, tmp_path, capsys):
    path = download(remote(server.address + "/file"), tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "file.gz"
    assert path.read_bytes() == BODY
    assert os.listdir(path.parent) == ["file.gz"]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"Downloading file.gz (0.3 MB) from {server.address}/file\n"  # a plain line: not a terminal


def test_the_rights_are_those_of_any_new_file(server, tmp_path):
    (tmp_path / "plain").touch()
    path = download(remote(server.address + "/file"), tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("short", "150,000 of 300,000 bytes"),
        ("long", "more than the published 300,000 bytes"),
        ("wrong", "SHA-256"),
        ("missing", "404"),
    ],
)
def test_a_bad_download_leaves_nothing_behind(server, tmp_path, page, reason):
    with pytest.raises(DatasetError, match=reason) as caught:
        download(remote(f"{server.address}/{page}"), tmp_path, "Ask a friend.")
    assert os.listdir(tmp_path) == []
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("Ask a friend.")
    for part in ("file.gz", f"{server.address}/{page}", str(tmp_path)):
        assert part in message
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, HornbeamError)


def test_a_bad_download_leaves_the_old_file_alone(server, tmp_path):
    (tmp_path / "file.gz").write_bytes(b"old")
    with pytest.raises(DatasetError):
        download(remote(server.address + "/short"), tmp_path)
    assert (tmp_path / "file.gz").read_bytes() == b"old"


def test_the_second_address_serves_when_the_first_does_not(server, tmp_path):
    path = download(remote(server.address + "/wrong", server.address + "/file"), tmp_path)
    assert path.read_bytes() == BODY
    assert server.asked == ["/wrong", "/file"]


def test_offline(tmp_path):
    url = "http://127.0.0.1:9/file"  # nobody listens on the discard port
    with pytest.raises(DatasetError, match="refused") as caught:
        download(remote(url, url + "2"), tmp_path)
    assert f"from {url} (" in str(caught.value)
    assert f" nor from {url}2 (" in str(caught.value)


def test_a_server_that_goes_silent_is_given_up(tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr(_fetch, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(DatasetError, match="timed out"):
            download(remote(f"http://127.0.0.1:{silent.getsockname()[1]}/file"), tmp_path)
    assert time.monotonic() - start < 5
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DatasetError, match="taken"):
        download(remote(server.address + "/file"), tmp_path / "taken" / "folder")


def test_what_killed_downloads_left_is_swept_up(server, tmp_path):
    old, new, other = tmp_path / "file.gz.a.part", tmp_path / "file.gz.b.part", tmp_path / "other.gz.c.part"
    for path in (old, new, other):
        path.write_bytes(b"half")
    for path in (old, other):
        os.utime(path, (0, 0))
    download(remote(server.address + "/file"), tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["file.gz", "file.gz.b.part", "other.gz.c.part"]


def test_the_bar_on_a_terminal(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    download(remote(server.address + "/file"), tmp_path)
    said = capsys.readouterr().err
    assert "file.gz" in said
    assert "300.0/300.0 kB" in said


def test_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "not" / "yet"))
    assert cache_folder("set") == tmp_path / "not" / "yet" / "datasets" / "set"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder("set") == tmp_path / ".keras" / "datasets" / "set"


def test_a_home_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert cache_folder("set") == tmp_path / "temporary" / ".keras" / "datasets" / "set"


def test_keep_copy_is_whole_or_nothing(tmp_path):
    keep_copy(b"content", tmp_path / "folder" / "copy")
    assert (tmp_path / "folder" / "copy").read_bytes() == b"content"
    assert os.listdir(tmp_path / "folder") == ["copy"]
    keep_copy(b"content", tmp_path / "folder" / "copy" / "below-a-file")  # nothing can be written there: no error
