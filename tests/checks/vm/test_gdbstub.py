# SPDX-License-Identifier: GPL-2.0-only
"""Packets of GDB's remote protocol, and a stub that stops, refuses, or hangs up."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.vm import gdbstub
from checks.vm.gdbstub import GdbError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def test_a_packet_has_its_checksum() -> None:
    assert gdbstub.packet(b"OK") == b"$OK#9a"


def test_packets_are_found_among_answers_and_when_they_are_whole() -> None:
    assert gdbstub.packets(b"+$OK#9a+$T05thread:01;#07$z") == ([b"OK", b"T05thread:01;"], b"$z")
    assert gdbstub.packets(b"$OK#9") == ([], b"$OK#9")


@given(st.binary())
def test_reading_raises_nothing(line: bytes) -> None:
    gdbstub.packets(line)


def serve(path: Path, answers: Sequence[bytes]) -> None:
    """Answer each packet in turn, and hang up."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def answer() -> None:
        with server, server.accept()[0] as line:
            for each in answers:
                while b"#" not in line.recv(100):
                    pass
                line.sendall(b"+" + each)

    threading.Thread(target=answer, daemon=True).start()


REST = (b"T05thread:01;", b"OK", b"OK")


def until(path: Path, *answers: bytes) -> None:
    serve(path, [gdbstub.packet(each) for each in answers])
    with gdbstub.connected(str(path), 5.0) as stub:
        stub.until(0xFFFFFFFF81000000)
        stub.detach()


def test_it_stops_and_runs_on(tmp_path: Path) -> None:
    until(tmp_path / "gdb", b"OK", b"T05thread:01;", b"OK", b"OK")


def test_the_stop_by_connecting_is_no_answer(tmp_path: Path) -> None:
    serve(tmp_path / "gdb", [gdbstub.packet(b"T02thread:01;") + gdbstub.packet(b"OK"), *map(gdbstub.packet, REST)])
    with gdbstub.connected(str(tmp_path / "gdb"), 5.0) as stub:
        stub.until(0xFFFFFFFF81000000)
        stub.detach()


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((b"",), "Z0,ffffffff81000000,1: not supported"),
        ((b"OK", b"W00"), "did not stop"),
        ((b"OK", b"T05", b"E22"), "z0,ffffffff81000000,1: E22"),
        ((b"OK",), "hung up|says nothing"),
    ],
)
def test_what_else_it_says_is_an_error(tmp_path: Path, answers: Sequence[bytes], why: str) -> None:
    with pytest.raises(GdbError, match=why):
        until(tmp_path / "gdb", *answers)


def test_nobody_who_listens_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GdbError), gdbstub.connected(str(tmp_path / "gdb"), 1.0):
        pass
