# SPDX-License-Identifier: GPL-2.0-only
"""PROOF: one check a file behind one protocol, and the reports made of their results."""
