# SPDX-License-Identifier: GPL-2.0-only
"""The table of many runs: its JSON object, and what is made from it alone."""
