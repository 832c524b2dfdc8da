# SPDX-License-Identifier: GPL-2.0-only
"""The entry point, which imports next to nothing: until the program is there, Ctrl-C ends it as it ends any other.

Before that Python starts itself, with a handler of its own for Ctrl-C that no program can replace: `site` and what the
script that pip installs imports take some 10 ms, and an interrupt then ends in a traceback of theirs.
"""

from __future__ import annotations

import signal


def main(arguments: list[str] | None = None) -> None:
    """Run the program; it takes its signals over as soon as it is loaded."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored, as behind `&`
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from respin import program  # noqa: PLC0415 - Python's own handler would write a traceback meanwhile

    program.main(arguments)


if __name__ == "__main__":
    main()
