# SPDX-License-Identifier: GPL-2.0-only
"""One verb a file; each has a click command called `command`."""
