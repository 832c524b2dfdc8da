# SPDX-License-Identifier: GPL-2.0-only
"""Ends what respin started where respin itself was killed and could not: SIGKILL, the kernel's out-of-memory killer.

A shell in a session of its own waits for the end of a pipe whose other end only respin holds. When it comes, the shell
ends every process whose environment holds this run's mark: politely first, so that git removes its locks and make what
is half made. A mark is inherited, so it finds grandchildren in whatever group or session; and no start of a process
needs to be told to anybody, so there is no moment in which one is unknown. (Jenkins finds what a build left behind in
the same way.) PR_SET_PDEATHSIG would reach the children only, and is sent when the *thread* that started one ends.
"""

from __future__ import annotations

import os
import subprocess
import threading

MARK = "RESPIN_PROCESS"
"""The variable; a respin that was started by another one adds its own mark to that one's."""

_SHELL = "/bin/sh"
_SCRIPT = """\
trap '' HUP INT QUIT TERM
read -r over && exit
marked() { grep -lsF "$1" /proc/[0-9]*/environ | sed -n 's,^/proc/\\([0-9]*\\)/.*,\\1,p'; }
idle=0
for round in $(seq 100); do
    pids=$(marked "$1")
    if [ -z "$pids" ]; then
        idle=$((idle + 1))
        [ $idle -gt 2 ] && exit
    else
        idle=0
        [ $round -le 20 ] && name=TERM || name=KILL
        for pid in $pids; do kill -s $name -- "$pid" "-$pid"; done
    fi
    sleep 0.1
done
"""
"""Three rounds that find nothing are the end: a process that is being started has its mark a moment later."""


class Watcher:
    """The shell that waits, which is started with the first process and is gone with respin."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark = f"{os.environ.get(MARK, '')} {os.urandom(16).hex()}".strip()
        self._process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """Return the variable that marks a process; from now on somebody watches.

        Raises:
            OSError: the shell cannot be started.
        """
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(  # noqa: S603 - a fixed script
                    [_SHELL, "-c", _SCRIPT, _SHELL, self._mark.rpartition(" ")[2]],
                    env={name: value for name, value in os.environ.items() if name != MARK},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )
        return {MARK: self._mark}

    def end(self) -> None:
        """Let the shell go: respin ends by itself, and nothing of it is left."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.communicate()
                self._process = None
