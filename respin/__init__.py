# SPDX-License-Identifier: GPL-2.0-only
"""The command line: one verb a file in commands/; nothing imports it."""
