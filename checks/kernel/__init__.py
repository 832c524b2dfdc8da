# SPDX-License-Identifier: GPL-2.0-only
"""What the checks do with a kernel tree: check it out, configure it, build it."""
