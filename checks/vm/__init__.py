# SPDX-License-Identifier: GPL-2.0-only
"""Guests: how they are started, talked to and read."""
