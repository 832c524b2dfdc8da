# SPDX-License-Identifier: GPL-2.0-only
"""The proof by a real crash: a guest with a real LUKS disk that is panicked, and what must be true of it then."""
