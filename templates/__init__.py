# SPDX-License-Identifier: GPL-2.0-only
"""The C text of every series, one Jinja2 fragment an edit, below c/; below series/ what `respin new-series` writes."""
