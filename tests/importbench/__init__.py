# SPDX-License-Identifier: GPL-2.0-only
"""Patches that Debian's maintainers carry from kernel to kernel, and how well tools do that work: `make bench-import`."""
