# SPDX-License-Identifier: GPL-2.0-only
"""The stand-in kernel with the place that a series of `respin new-series` changes, and stand-ins for two scripts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests import fake, tinykernel

if TYPE_CHECKING:
    from pathlib import Path

MAIN = """\
// SPDX-License-Identifier: GPL-2.0-only
/**
 * initcall_debug - Whether each call is told
 */
static bool initcall_debug;

static int run_init_process(const char *init_filename)
{
	return kernel_execve(init_filename, argv_init, envp_init);
}
"""
CHECKPATCH = """\
#!/bin/sh
for mail; do :; done
if ! grep -q '^Signed-off-by:' "$mail"; then
    echo 'init/main.c:9: ERROR:MISSING_SIGN_OFF: Missing Signed-off-by: line(s)'
    bad=1
fi
echo "total: ${bad:-0} errors, 0 warnings, 0 checks, 7 lines checked"
exit ${bad:-0}
"""
KERNEL_DOC = """\
#!/bin/sh
for file; do :; done
grep -n '^/\\*\\*' $file | sed "s|^\\([0-9]*\\):.*|$file:\\1: info: Scanning doc for something|" >&2
"""


def plain(folder: Path) -> Path:
    """Write it as a plain directory."""
    fake.plain(folder)
    for path, text in (("checkpatch.pl", CHECKPATCH), ("kernel-doc", KERNEL_DOC)):
        (folder / "scripts" / path).write_text(text)
        (folder / "scripts" / path).chmod(0o755)
    (folder / "init").mkdir()
    (folder / "init/main.c").write_text(MAIN)
    with (folder / "MAINTAINERS").open("a") as file:
        file.write("\nINIT\nM:\tSomebody <somebody@example.org>\nL:\tlinux-init@vger.kernel.org\nF:\tinit/main.c\n")
    return folder


def repository(folder: Path) -> Path:
    """Write it and commit it on the branch `main`, with a tag v1, in a repository of somebody whom git knows."""
    shutil.copytree(tinykernel.committed(plain), folder, symlinks=True)
    tinykernel.git(folder, "config", "user.name", "Ann")
    tinykernel.git(folder, "config", "user.email", "ann@example.org")
    return folder
