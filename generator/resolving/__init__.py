# SPDX-License-Identifier: GPL-2.0-only
"""What could become of an edit that a base refuses: candidates, tried, and written beside it as comments."""
