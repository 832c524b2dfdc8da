# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of each module, and tests/integration on real kernels."""

import os
import sys

# Where bytecode is not to be written, pytest rewrites every assertion at each start of a worker, and each process that a
# test starts compiles the program again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
