"""get_file, from files on disk and a web server on the loopback address."""

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from functools import partial
from pathlib import Path

import pytest

from hornbeam.datasets import DatasetError
from hornbeam.engine.errors import ArgumentError
from hornbeam.utils import get_file


@pytest.fixture
def origin(tmp_path, monkeypatch):
    """A folder with a text and two archives, as an address; the cache is another."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "origin"
    (folder / "dir").mkdir(parents=True)
    (folder / "plain.txt").write_text("hi")
    (folder / "dir" / "a.txt").write_text("hello")
    with tarfile.open(folder / "t.tar.gz", "w:gz") as tar:
        tar.add(folder / "dir", arcname="dir")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.write(folder / "dir" / "a.txt", "dir/a.txt")
    return folder.as_uri() + "/"


def cached(tmp_path):
    return sorted(str(path.relative_to(tmp_path / "home")) for path in (tmp_path / "home").rglob("*") if path.is_file())


def test_names_and_folders(origin, tmp_path):
    path = get_file(origin=origin + "plain.txt")
    assert path == str(tmp_path / "home/datasets/plain.txt") and Path(path).read_text() == "hi"
    assert get_file("other.txt", origin + "plain.txt", cache_subdir="sub") == str(tmp_path / "home/sub/other.txt")
    assert get_file("o.txt", origin + "plain.txt", cache_subdir=tmp_path / "abs") == str(tmp_path / "abs/o.txt")
    assert get_file("o.txt", origin + "plain.txt", cache_dir=tmp_path / "dir") == str(tmp_path / "dir/datasets/o.txt")


def test_the_cache_is_used_until_told_otherwise(origin, tmp_path):
    source = tmp_path / "origin" / "plain.txt"
    read = lambda **arguments: Path(get_file(origin=origin + "plain.txt", **arguments)).read_text()
    assert read() == "hi"
    source.write_text("new")
    assert read() == "hi"
    assert read(file_hash=hashlib.sha256(b"new").hexdigest()) == "new"  # what was there is another file
    source.write_text("newer")
    assert read(file_hash=hashlib.md5(b"new").hexdigest()) == "new"
    assert read(force_download=True) == "newer"


def test_a_wrong_digest_leaves_nothing_behind(origin, tmp_path):
    with pytest.raises(DatasetError, match="SHA-256 8f43.*published is 0000"):
        get_file("bad.txt", origin + "plain.txt", file_hash="0" * 64)
    with pytest.raises(DatasetError, match="have MD5"):
        get_file("bad.txt", origin + "plain.txt", md5_hash="0" * 32)
    assert cached(tmp_path) == []


@pytest.mark.parametrize(
    ("fname", "archive", "arguments", "folder", "file"),
    [
        (None, "t.tar.gz", {"extract": True}, "t.tar.gz", "t.tar.gz_archive"),
        ("named", "t.tar.gz", {"extract": True}, "named", "named_archive"),
        ("named.tar.gz", "t.tar.gz", {"extract": True}, "named_extracted", "named.tar.gz"),
        (None, "z.zip", {"extract": True, "archive_format": "zip"}, "z.zip", "z.zip_archive"),
        ("u", "t.tar.gz", {"untar": True}, "u", "u_archive"),
    ],
)
def test_archives(origin, tmp_path, fname, archive, arguments, folder, file):
    for _ in range(2):
        path = get_file(fname, origin + archive, **arguments)
        assert path == str(tmp_path / "home/datasets" / folder)
        assert cached(tmp_path) == sorted([f"datasets/{folder}/dir/a.txt", f"datasets/{file}"])


def test_a_hostile_archive_writes_nothing_outside(origin, tmp_path):
    with tarfile.open(tmp_path / "origin" / "evil.tar", "w") as tar:
        info = tarfile.TarInfo("../../evil.txt")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    with zipfile.ZipFile(tmp_path / "origin" / "evil.zip", "w") as archive:
        archive.writestr("../../evil.txt", "evil")
    with pytest.raises(DatasetError, match="could not be unpacked"):
        get_file(origin=origin + "evil.tar", extract=True)
    get_file(origin=origin + "evil.zip", extract=True)
    written = [path for path in tmp_path.rglob("evil.txt") if not path.is_symlink()]
    assert [path.relative_to(tmp_path / "home/datasets/evil.zip").as_posix() for path in written] == ["evil.txt"]


def test_a_server_that_breaks_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("no_proxy", "*")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            if self.path != "/unknown":
                self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"abc" if self.path == "/short" else b"abcde")

        log_message = partial(lambda *ignored: None)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        root = f"http://127.0.0.1:{server.server_port}"
        assert Path(get_file("whole", f"{root}/whole", cache_dir=tmp_path)).read_text() == "abcde"
        assert Path(get_file("unknown", f"{root}/unknown", cache_dir=tmp_path)).read_text() == "abcde"
        with pytest.raises(DatasetError, match="after 3 of 5 bytes"):
            get_file("short", f"{root}/short", cache_dir=tmp_path)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not (tmp_path / "datasets/short").exists() and "Downloading whole" in capsys.readouterr().err


def test_mistakes(origin):
    for arguments, match in [
        ({"fname": "x"}, "needs `origin`"),
        ({"origin": "https://example.invalid/"}, "ends in no name; pass fname"),
        ({"fname": "a/b.txt", "origin": origin + "plain.txt"}, "a name without folders"),
        ({"fname": "..", "origin": origin + "plain.txt"}, "a name without folders"),
        ({"origin": origin + "plain.txt", "file_hash": "12"}, "64 hexadecimal digits"),
        ({"origin": origin + "plain.txt", "hash_algorithm": "sha1"}, "hash_algorithm called 'sha1'"),
        ({"origin": origin + "plain.txt", "archive_format": "rar", "extract": True}, "archive format called 'rar'"),
        ({"origin": origin + "plain.txt", "extract": True}, "is no tar or zip file"),
    ]:
        with pytest.raises(ArgumentError, match=match):
            get_file(**arguments)
    with pytest.raises(DatasetError, match="could not be downloaded"):
        get_file(origin=origin + "none.txt")


def test_keras_2_finds_what_was_unpacked_where_it_put_it(origin, tmp_path):
    """Beside the archive; and with untar, a folder that is called like the only one inside has its content."""
    for kind in ("t.tar.gz", "z.zip"):
        path = Path(get_file(kind, origin + kind, extract=True, cache_subdir=kind))
        assert (path.parent / "dir" / "a.txt").read_text() == "hello"
        assert (path / "dir" / "a.txt").read_text() == "hello"
    assert (Path(get_file("dir", origin + "t.tar.gz", untar=True)) / "a.txt").read_text() == "hello"
    assert (Path(get_file("dir", origin + "t.tar.gz", extract=True, cache_subdir="new")) / "dir" / "a.txt").read_text() == "hello"
