# SPDX-License-Identifier: GPL-2.0-only
"""A series as it is posted: mails of its commits, with a letter that takes from the JSON object how it was tested."""
