# SPDX-License-Identifier: GPL-2.0-only
"""WHAT is rendered: series, patches, edits and anchors as data, and the loader of their definitions."""
