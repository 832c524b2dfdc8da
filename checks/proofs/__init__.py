# SPDX-License-Identifier: GPL-2.0-only
"""The checks, one a file; none of them imports another."""
