import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.data.download import Limits, fetch

FAST = Limits(connect=1, stall=0.3, total=5, size=10_000, tries=1)
# A port on which nothing listens.
CLOSED = "http://127.0.0.1:9/"


@dataclass
class Mirror:
    """An HTTP server: `/<behaviour>/<file>` answers as the behaviour says."""

    body: bytes
    url: str = ""
    seen: list[str] = field(default_factory=list)

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body).hexdigest()

    def at(self, behaviour: str) -> str:
        return f"{self.url}/{behaviour}/"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    body = bytes(range(256)) * 8
    served = Mirror(body)
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def answer(self, body: bytes, length: int | str | None = None, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def do_GET(self) -> None:
            behaviour = self.path.split("/")[1]
            served.seen.append(behaviour)
            match behaviour:
                case "good":
                    self.answer(body)
                case "second-time" if served.seen.count(behaviour) > 1:
                    self.answer(body)
                case "missing":
                    self.answer(b"", status=404)
                case "broken" | "second-time":
                    self.answer(b"", status=500)
                case "lying":
                    self.answer(body[:-1] + b"!")
                case "truncated":
                    self.answer(body[:-100], len(body))
                case "nonsense":
                    self.answer(body, "many")
                case "huge":
                    self.answer(body * 100)
                case "stalled":
                    self.answer(body[:100], len(body))
                    stop.wait(10)
                case "mute":
                    stop.wait(10)
                case "trickling":
                    self.answer(b"", len(body))
                    while not stop.wait(0.02):
                        self.wfile.write(b"x")

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                # The other side gave up, as most of these tests want.
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Otherwise closing the server waits for the answers that a test left hanging.
    server.daemon_threads = True
    server.block_on_close = False
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    stop.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow at once."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def get(mirror: Mirror, *mirrors: str, limits: Limits = FAST) -> Path:
    return fetch("tiny", "file.gz", mirror.md5, mirrors, limits)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_downloads_once(mirror: Mirror, no_data_of_the_user: Path) -> None:
    path = get(mirror, mirror.at("good"))
    assert path == no_data_of_the_user / "tiny" / "file.gz"
    assert path.read_bytes() == mirror.body
    assert get(mirror, mirror.at("good")) == path
    assert mirror.seen == ["good"]


def test_shows_a_bar_only_on_a_terminal(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = get(mirror, mirror.at("good"))
    assert capsys.readouterr() == ("", "")
    path.unlink()
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert get(mirror, mirror.at("good")).read_bytes() == mirror.body
    assert "100%" in capsys.readouterr().err


WRONG = {
    "missing": "HTTP 404",
    "broken": "HTTP 500",
    "lying": "wrong MD5",
    "truncated": "",
    "nonsense": "",
    "huge": "more than 10000 bytes",
    "stalled": "timed out",
    "mute": "timed out",
    "closed": "ConnectionError",
}


@pytest.mark.parametrize("behaviour", WRONG)
def test_the_next_mirror_is_asked(
    behaviour: str, mirror: Mirror, no_data_of_the_user: Path
) -> None:
    first = CLOSED if behaviour == "closed" else mirror.at(behaviour)
    start = time.monotonic()
    assert get(mirror, first, mirror.at("good")).read_bytes() == mirror.body
    assert time.monotonic() - start < 3
    assert files_in(no_data_of_the_user) == ["file.gz"]


@pytest.mark.parametrize(("behaviour", "says"), WRONG.items())
def test_when_all_have_failed(
    behaviour: str, says: str, mirror: Mirror, no_data_of_the_user: Path
) -> None:
    first = CLOSED if behaviour == "closed" else mirror.at(behaviour)
    second = mirror.at("missing")
    with pytest.raises(InputError) as caught:
        get(mirror, first, second)
    message = str(caught.value)
    assert "\n" not in message
    for part in ("file.gz", f"{first} ({says}", f"{second} (HTTP 404)", "AEBENCH_DATA_DIR"):
        assert part in message
    assert files_in(no_data_of_the_user) == []


def test_a_trickle_ends_in_time(mirror: Mirror, no_data_of_the_user: Path) -> None:
    start = time.monotonic()
    with pytest.raises(InputError, match=r"not there after 0\.5 s"):
        get(mirror, mirror.at("trickling"), limits=Limits(1, 0.3, 0.5, 10_000, 1))
    assert time.monotonic() - start < 2
    assert files_in(no_data_of_the_user) == []


def test_a_mirror_gets_a_second_chance(mirror: Mirror, no_waiting: None) -> None:
    path = get(mirror, mirror.at("second-time"), limits=Limits(tries=2))
    assert path.read_bytes() == mirror.body
    assert mirror.seen == ["second-time", "second-time"]


def test_a_damaged_cache_is_fetched_again(mirror: Mirror, no_data_of_the_user: Path) -> None:
    path = get(mirror, mirror.at("good"))
    path.write_bytes(mirror.body[:-1])
    assert get(mirror, mirror.at("good")).read_bytes() == mirror.body
    assert mirror.seen == ["good", "good"]


class TestOwnFolder:
    @pytest.fixture
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "own"
        (folder / "tiny").mkdir(parents=True)
        monkeypatch.setenv("AEBENCH_DATA_DIR", str(folder))
        return folder / "tiny" / "file.gz"

    def test_comes_first(self, own: Path, mirror: Mirror) -> None:
        own.write_bytes(mirror.body)
        assert get(mirror, mirror.at("good")) == own
        assert mirror.seen == []

    def test_what_it_lacks_is_downloaded(self, own: Path, mirror: Mirror) -> None:
        assert get(mirror, mirror.at("good")) != own
        assert not own.exists()

    def test_a_wrong_file_is_never_downloaded_over(self, own: Path, mirror: Mirror) -> None:
        own.write_bytes(b"mine")
        with pytest.raises(InputError) as caught:
            get(mirror, mirror.at("good"))
        # md5sum of "mine"
        for part in (str(own), "918b81db5e91d031548b963c93845e5b", mirror.md5):
            assert part in str(caught.value)
        assert own.read_bytes() == b"mine"
        assert mirror.seen == []

    def test_a_folder_that_is_not_there(
        self, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AEBENCH_DATA_DIR", str(tmp_path / "nowhere"))
        with pytest.raises(InputError, match=r"AEBENCH_DATA_DIR=.*nowhere: no such folder"):
            get(mirror, mirror.at("good"))
        assert mirror.seen == []
