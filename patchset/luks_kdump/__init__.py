# SPDX-License-Identifier: GPL-2.0-only
"""The series: dump to a LUKS-encrypted disk without a passphrase, in the memory that kdump gets by default."""
