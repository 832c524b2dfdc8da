# SPDX-License-Identifier: GPL-2.0-only
"""Many bases and many series: jobs, who runs them, and what came of each."""
