# SPDX-License-Identifier: GPL-2.0-only
"""The command line: one verb a file in commands/; nothing imports it."""

import gc

gc.set_threshold(50_000)
"""Else Python looks for cyclic garbage after 700 new objects: time that a short run can save."""
