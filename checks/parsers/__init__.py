# SPDX-License-Identifier: GPL-2.0-only
"""What tools wrote, as facts: pure functions from text, which never raise."""
