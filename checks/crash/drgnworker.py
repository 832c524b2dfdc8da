# SPDX-License-Identifier: GPL-2.0-only
"""Read a dump with drgn, in a process of its own: what crashes there is not respin.

Takes the dump and the vmlinux as its two arguments. Writes one JSON object: `task`, the name of the task that panicked,
and `stack`, the functions that it was in, the innermost first.
"""

from __future__ import annotations

import json
import sys

import drgn


def main() -> None:
    """Do what the arguments ask for."""
    dump, vmlinux = sys.argv[1:]
    program = drgn.Program()
    program.set_core_dump(dump)
    program.load_debug_info([vmlinux])
    thread = program.crashed_thread()
    task = thread.object.comm.string_().decode("utf-8", "replace")
    stack = [frame.name or f"{frame.pc:#x}" for frame in thread.stack_trace()]
    json.dump({"task": task, "stack": stack}, sys.stdout)


if __name__ == "__main__":
    main()
