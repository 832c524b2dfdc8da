# SPDX-License-Identifier: GPL-2.0-only
"""FROM A BASE TO COMMITS: bases, source parsing, anchors, rendering, commits."""
