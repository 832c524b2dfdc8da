# SPDX-License-Identifier: GPL-2.0-only
"""`respin check` as a job calls it: its options are all on the command line, and no file or variable adds to them."""

from __future__ import annotations

import click

from respin import program
from respin.commands import check

if __name__ == "__main__":
    program.main(entry=click.Group("respin", commands={"check": check.command}))
