# SPDX-License-Identifier: GPL-2.0-only
"""A distribution's own userland with the rendered kernel: what it needs for that, and guests that are crashed."""
