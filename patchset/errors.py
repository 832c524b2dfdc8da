# SPDX-License-Identifier: GPL-2.0-only
"""The errors that respin knows, one class an exit code.

Every error names what was wrong and, where there is one, what to do next.
Anything else that reaches the command line is a defect of respin itself.
"""

from __future__ import annotations

from typing import ClassVar


class RespinError(Exception):
    """A known error.

    Attributes:
        message: what happened, for a person.
        hint: what to do next; empty where nothing useful can be said.
        exit_code: what the process ends with (see the README's table).
        several: True where the message has lines; else a line break is part of a name that is in it.
    """

    exit_code: ClassVar[int] = 3
    several: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class FindingsError(RespinError):
    """The base or the series is at fault: an edit finds no place, a feature is there already."""

    exit_code = 1


class InputError(RespinError):
    """What the user gave is wrong: an argument, a path, a definition."""

    exit_code = 2


class InfrastructureError(RespinError):
    """What respin stands on broke: a tool, a disk, the network, a process."""

    exit_code = 3


class InterruptedRunError(RespinError):
    """Somebody pressed Ctrl-C or sent SIGTERM."""

    exit_code = 130


class SignalledError(BaseException):
    """The same, as it comes to the main thread at any place: `except Exception` in a library does not take it."""
