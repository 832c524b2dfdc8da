# SPDX-License-Identifier: GPL-2.0-only
"""The series: mainline's interface for passing the keys of dm-crypt to the kdump kernel, for kernels before it."""
