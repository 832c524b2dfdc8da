# SPDX-License-Identifier: GPL-2.0-only
"""The program's version, as it is in every report and below every mail."""

VERSION = "0.1.0"
TOOL = f"respin {VERSION}"
"""What made a report or a mail, in their words."""
