# SPDX-License-Identifier: GPL-2.0-only
"""Results as a JSON object, and every other report made from it."""
