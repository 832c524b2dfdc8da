# SPDX-License-Identifier: GPL-2.0-only
"""Verdicts that machines share: a folder, or a server that takes GET and PUT, laid out as bazel-remote's caches are.

`ac/KEY` says which content a check's key has led to, and `cas/HASH` holds that content. What is read is believed as far
as its hash goes: an entry that is cut off, or changed, or another key's, is none. A store that cannot be reached is
told of once, and the run goes on without it: nothing in it is needed. Who may write to it is the server's business.
"""

from __future__ import annotations

import base64
import hashlib
import json
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from checks import cache
from generator.whole import whole
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from urllib.request import OpenerDirector

    from checks.contract import Result

LAYOUT = 1
"""Of an entry, and of what it leads to."""
ACTION, CONTENT = "ac", "cas"
MOST = 16 << 20
"""Bytes of an entry that are read: a check's results take some kilobytes."""
SECONDS = 10.0
"""A server that says nothing for so long is gone."""
MISSING = 404
_BROKEN = (OSError, HTTPException, ValueError)


class ResultStore(Protocol):
    """Keeps bytes by a name, in one of two places."""

    def get(self, place: str, name: str) -> bytes | None:
        """Return what is kept, None where there is nothing.

        Raises:
            OSError, HTTPException, ValueError: the store cannot be asked.
        """

    def put(self, place: str, name: str, data: bytes) -> None:
        """Keep bytes, all or nothing.

        Raises:
            OSError, HTTPException, ValueError: it takes none.
        """


class FolderStore:
    """A folder, which several machines may have mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, place: str, name: str) -> bytes | None:
        """Return what a file holds."""
        try:
            with (self._folder / place / name).open("rb") as file:
                return file.read(MOST)
        except FileNotFoundError:
            return None

    def put(self, place: str, name: str, data: bytes) -> None:
        """Write a file whole: of two who write the same one, either has written it."""
        file = self._folder / place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as part:
            part.write_bytes(data)


class Server:
    """A web server that takes GET and PUT; a name and a password in its URL are given to it, and to nobody else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        self._url = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._headers = {"User-Agent": "respin"}
        if at:
            self._headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
        self._opener: OpenerDirector | None = None

    def get(self, place: str, name: str) -> bytes | None:
        """Return what the server has."""
        from urllib.error import HTTPError  # noqa: PLC0415 - slow to import, and few have a server

        try:
            return self._ask(f"{place}/{name}")
        except HTTPError as error:
            if error.code != MISSING:
                raise
            return None

    def put(self, place: str, name: str, data: bytes) -> None:
        """Give it to the server."""
        self._ask(f"{place}/{name}", data)

    def _ask(self, path: str, data: bytes | None = None) -> bytes:
        from urllib import request  # noqa: PLC0415 - as above

        if self._opener is None:
            self._opener = request.build_opener(_no_other_place(request))
        method = "GET" if data is None else "PUT"
        asked = request.Request(f"{self._url}/{path}", data, self._headers, method=method)  # noqa: S310 - see `opened`
        with self._opener.open(asked, timeout=SECONDS) as answer:
            told: bytes = answer.read(MOST)
            return told


def _no_other_place(request: Any) -> Any:  # noqa: ANN401 - a module and a class of it, which is imported late
    """Return what keeps a server from sending us to another one: that would get the password too."""

    class Stay(request.HTTPRedirectHandler):  # type: ignore[misc]
        def redirect_request(self, *_: object) -> None:
            return None

    return Stay


class SharedStore:
    """What a run makes of a store.

    Args:
        store: the store.
        name: how it is called where it is told of.
        tell: takes a line for a person.
        write: False to read alone.
    """

    def __init__(self, store: ResultStore, name: str, tell: Callable[[str], None], *, write: bool = True) -> None:
        self._store = store
        self._name = name
        self._tell = tell
        self._reads, self._writes, self._told = True, write, False

    def results(self, key: str, check: str) -> tuple[Result, ...]:
        """Return what is kept of a check under a key, marked as cached; none where there is nothing to believe."""
        if not self._reads:
            return ()
        try:
            entry = self._store.get(ACTION, key)
            digest = _led_to(entry) if entry else ""
            data = self._store.get(CONTENT, digest) if digest else None
        except _BROKEN as error:
            self._reads = self._writes = self._lost("cannot be read", error)
            return ()
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            return ()
        made = cache.parsed(_results(data, key))
        good = all(one.check == check and one.status in cache.KEPT for one in made)
        return made if good else ()

    def keep(self, key: str, made: Sequence[Result]) -> None:
        """Keep a check's results, where every one of them is certain."""
        if not self._writes or not cache.certain(made):
            return
        data = json.dumps({"layout": LAYOUT, "key": key, "results": cache.plain(made)}).encode()
        digest = hashlib.sha256(data).hexdigest()
        try:
            self._store.put(CONTENT, digest, data)  # first, so that no entry leads nowhere
            self._store.put(ACTION, key, json.dumps({"layout": LAYOUT, "digest": digest}).encode())
        except _BROKEN as error:
            self._writes = self._lost("takes nothing", error)

    def _lost(self, what: str, error: Exception) -> bool:
        """Tell that the store is gone, once: checks run beside one another."""
        if not self._told:
            self._told = True
            self._tell(f"the shared store {self._name} {what}: {error}; going on without it")
        return False


def opened(words: str, tell: Callable[[str], None], *, write: bool) -> SharedStore:
    """Return the store that words mean: a URL, or a folder's path.

    Raises:
        InputError: they mean a URL that is no web server's.
    """
    if "://" not in words:
        return SharedStore(FolderStore(Path(words).absolute()), words, tell, write=write)
    try:
        parts = urlsplit(words)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InputError(
            "--store is no URL of a web server", hint="https://HOST[:PORT][/PATH], or the path of a folder"
        )
    return SharedStore(
        Server(words), f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", tell, write=write
    )


def _led_to(entry: bytes) -> str:
    """Return the hash that an entry leads to; empty where it is none."""
    try:
        said = json.loads(entry)
        digest = said["digest"] if said["layout"] == LAYOUT else ""
        return digest if len(bytes.fromhex(digest)) == hashlib.sha256().digest_size else ""
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""


def _results(data: bytes, key: str) -> object:
    """Return the results that a content holds for a key."""
    try:
        said = json.loads(data)
        return said["results"] if (said["layout"], said["key"]) == (LAYOUT, key) else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
