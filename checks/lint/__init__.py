# SPDX-License-Identifier: GPL-2.0-only
"""The checklist for mails: each of its lines that a program can judge, on any series."""

CHECK = "mail-lint"
"""The check that judges by it."""
