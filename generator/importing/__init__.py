# SPDX-License-Identifier: GPL-2.0-only
"""From patches to a definition: read, apply on their base, find a place for each change, write, and prove it."""
