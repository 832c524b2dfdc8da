# SPDX-License-Identifier: GPL-2.0-only
"""Series that break one rule each, and what catches them: `make mutants`."""
