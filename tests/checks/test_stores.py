# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts that machines share: believed as far as their hash goes, and missed by nobody when they are gone."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from checks import cache, runner, stores
from checks.contract import Context, Status
from patchset.errors import InputError
from tests.checks import made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checks.contract import Subject
    from checks.stores import SharedStore

KEY = hashlib.sha256(b"a key").hexdigest()
PASSED = (made.result(Status.PASS, check="build"), made.result(Status.FAIL, check="build"))


class Web(ThreadingHTTPServer):
    """A server that takes GET and PUT, as bazel-remote does; it can be made to refuse, to lie, and to go."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.kept: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.refuse: dict[str, int] = {}
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cache"

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    server: Web

    def answer(self, code: int, data: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    def begun(self) -> bool:
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
        if code := self.server.refuse.get(self.command):
            self.answer(code)
        return not code

    def do_GET(self) -> None:
        if self.begun():
            data = self.server.kept.get(self.path)
            self.answer(404) if data is None else self.answer(200, data)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.begun():
            self.server.kept[self.path] = data
            self.answer(200)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


@pytest.fixture(params=["folder", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "store")
    web: Web = request.getfixturevalue("web")
    return web.url


def opened(place: str, *, write: bool = True) -> tuple[SharedStore, list[str]]:
    told: list[str] = []
    return stores.opened(place, told.append, write=write), told


def test_what_one_machine_keeps_another_one_reads(place: str) -> None:
    opened(place)[0].keep(KEY, PASSED)
    shared, told = opened(place, write=False)
    found = shared.results(KEY, "build")
    assert found == tuple(cache.parsed(cache.plain(PASSED)))
    assert all(one.cached for one in found)
    assert shared.results(KEY.replace(KEY[0], "0"), "build") == ()
    assert told == []


def test_the_layout_is_that_of_bazel_remote(tmp_path: Path, web: Web) -> None:
    opened(str(tmp_path))[0].keep(KEY, PASSED)
    opened(web.url)[0].keep(KEY, PASSED)
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == sorted(path.removeprefix("/cache/") for path in web.kept)
    action, content = names
    assert action == f"ac/{KEY}"
    assert content == f"cas/{hashlib.sha256((tmp_path / content).read_bytes()).hexdigest()}"


@pytest.mark.parametrize("status", [Status.ERROR, Status.MISS, Status.SKIP])
def test_only_what_is_certain_is_shared(tmp_path: Path, status: Status) -> None:
    opened(str(tmp_path))[0].keep(KEY, [made.result(Status.PASS), made.result(status)])
    opened(str(tmp_path))[0].keep(KEY, [])
    opened(str(tmp_path), write=False)[0].keep(KEY, PASSED)
    assert list(tmp_path.iterdir()) == []


def spoil(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    if how == "flipped":
        data[len(data) // 2] ^= 1
    file.write_bytes(data[: len(data) // 2] if how == "cut off" else b"" if how == "empty" else bytes(data))


@pytest.mark.parametrize("how", ["flipped", "cut off", "empty"])
@pytest.mark.parametrize("which", ["ac", "cas"])
def test_an_entry_that_is_spoilt_is_none(tmp_path: Path, which: str, how: str) -> None:
    opened(str(tmp_path))[0].keep(KEY, PASSED)
    (file,) = (tmp_path / which).iterdir()
    spoil(file, how)
    shared, told = opened(str(tmp_path))
    assert shared.results(KEY, "build") == ()
    assert told == []
    shared.keep(KEY, PASSED)
    assert len(shared.results(KEY, "build")) == 2


@pytest.mark.parametrize("how", ["another key", "another check", "no verdict", "no results", "no JSON", "a list"])
def test_what_its_hash_holds_and_is_no_answer_is_none(tmp_path: Path, how: str) -> None:
    status = Status.MISS if how == "no verdict" else Status.PASS
    plain = cache.plain([made.result(status, check="other" if how == "another check" else "build")])
    said = {
        "layout": 1,
        "key": "0" * 64 if how == "another key" else KEY,
        "results": 7 if how == "no results" else plain,
    }
    data = {"no JSON": b"{", "a list": b"[]"}.get(how, json.dumps(said).encode())
    store = stores.FolderStore(tmp_path)
    digest = hashlib.sha256(data).hexdigest()
    store.put("cas", digest, data)
    store.put("ac", KEY, json.dumps({"layout": 1, "digest": digest}).encode())
    assert opened(str(tmp_path))[0].results(KEY, "build") == ()


def test_an_entry_names_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "ac").mkdir()
    (tmp_path / "ac" / KEY).write_text(json.dumps({"layout": 1, "digest": "../../secret"}))
    asked: list[str] = []
    shared = stores.SharedStore(_Noting(tmp_path, asked), "s", print)
    assert shared.results(KEY, "build") == ()
    assert asked == ["ac"]


class _Noting(stores.FolderStore):
    def __init__(self, folder: Path, asked: list[str]) -> None:
        super().__init__(folder)
        self.asked = asked

    def get(self, place: str, name: str) -> bytes | None:
        self.asked.append(place)
        return super().get(place, name)


def test_two_who_write_the_same_entry_have_both_written_it(place: str) -> None:
    shared, told = opened(place)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: shared.keep(KEY, PASSED), range(24)))
    assert len(opened(place)[0].results(KEY, "build")) == 2
    assert told == []


def test_a_store_that_goes_is_told_of_once_and_asked_no_more() -> None:
    web = Web()
    shared, told = opened(web.url)
    shared.keep(KEY, PASSED)
    web.close()
    assert shared.results(KEY, "build") == ()
    assert shared.results(KEY, "build") == ()
    shared.keep(KEY, PASSED)
    (line,) = told
    assert line.startswith(f"the shared store {web.url} cannot be read: ")
    assert line.endswith("; going on without it")
    assert len(web.asked) == 2


def test_a_server_that_says_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shared, told = opened(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert shared.results(KEY, "build") == ()
    assert "timed out" in told[0]


@pytest.mark.parametrize("code", [401, 403, 413, 500, 507])
def test_a_server_that_takes_nothing_is_read_all_the_same(web: Web, code: int) -> None:
    opened(web.url)[0].keep(KEY, PASSED)
    web.refuse["PUT"] = code
    shared, told = opened(web.url)
    shared.keep(KEY, PASSED)
    shared.keep(KEY, PASSED)
    assert len(shared.results(KEY, "build")) == 2
    assert [str(code) in one and "takes nothing" in one for one in told] == [True]


def test_a_password_goes_to_the_server_and_nowhere_else(web: Web) -> None:
    shared, told = opened(web.url.replace("http://", "http://ann:a%2Fb@"))
    shared.keep(KEY, PASSED)
    word = f"Basic {base64.b64encode(b'ann:a/b').decode()}"
    assert {one[2] for one in web.asked} == {word}
    web.refuse["GET"] = 302
    assert shared.results(KEY, "build") == ()
    assert "302" in told[0]
    assert "@" not in told[0]


def test_a_folder_that_takes_nothing_is_told() -> None:
    shared, told = opened("/proc/store")  # where root writes nothing either
    shared.keep(KEY, PASSED)
    assert "takes nothing" in told[0]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "cas").write_text("a file where a folder goes")
    shared, told = opened(str(tmp_path))
    shared.keep(KEY, PASSED)
    shared.keep(KEY, PASSED)
    assert [one.partition(": ")[0] for one in told] == [f"the shared store {tmp_path} takes nothing"]


@pytest.mark.parametrize(
    "words", ["ftp://host/x", "http://", "https://:80", "s3://bucket", "http://[::1", "http://h:99999"]
)
def test_a_url_of_no_web_server_is_refused(words: str) -> None:
    with pytest.raises(InputError, match="no URL of a web server"):
        opened(words)


def test_a_run_asks_the_store_before_it_does_the_work(tmp_path: Path, made_subject: Subject) -> None:
    check = made.FakeCheck("build", [made.result(Status.PASS, check="build")])
    shared, _ = opened(str(tmp_path / "store"))
    first = Context(made_subject, tmp_path / "first", 1, shared=shared)
    (one,) = runner.run_checks(first, [check])
    second = Context(made_subject, tmp_path / "second", 1, shared=opened(str(tmp_path / "store"), write=False)[0])
    (other,) = runner.run_checks(second, [check])
    assert (one.cached, other.cached, one.status) == (False, True, other.status)
    alone = Context(made_subject, tmp_path / "second", 1)
    assert runner.run_checks(alone, [check])[0].cached
    (third,) = runner.run_checks(Context(made_subject, tmp_path / "third", 1), [check])
    assert not third.cached
