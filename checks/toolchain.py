# SPDX-License-Identifier: GPL-2.0-only
"""The programs that checks and generator stand on: which are there, what needs them, and how to get the others."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks import cache, checkpatch
from checks.types import Tool
from generator import process
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERATOR = (
    Tool("git", "git"),
    Tool("apt-get", "apt"),
    Tool("dpkg-deb", "dpkg"),
    Tool("tar", "tar"),
    Tool("xz", "xz-utils"),
)
"""What rendering and importing a base need."""
OPTIONAL = (
    (Tool("ccache", "ccache"), "build, kunit: quick rebuilds"),
    (Tool("git send-email", "git-email", (), "/usr/lib/git-core/git-send-email"), "sending what mail writes"),
    (Tool("Mail::Address", "libmailtools-perl", (), "/usr/share/perl5/Mail/Address.pm"), "git send-email"),
)
"""What makes builds quick, and what takes the mails; and what each is for."""
HEADERS = (("gelf.h", "/usr/include/gelf.h", "libelf-dev", "build, kunit: objtool"),)
"""Libraries' headers that a kernel's host programs include: name, file, package, what needs it."""
SPDX = ("python3: ply, git", ("python3-git", "python3-ply"))
"""The modules that checkpatch's spdxcheck.py imports, and their packages."""
_INSTALL_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class ToolState:
    """One program, as it was found.

    Attributes:
        name: the program, or the Python modules.
        packages: Debian's packages that bring it.
        path: where it is; empty where it is missing.
        version: the first line that it says of its version; empty where it is missing.
        needed_by: ids of checks, `generator`, or why it is useful.
        required: False where all works without it.
    """

    name: str
    packages: tuple[str, ...]
    path: str
    version: str
    needed_by: tuple[str, ...]
    required: bool = True


def missing(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    """Return the tools that are not there."""
    return tuple(tool for tool in tools if tool.find() is None)


def survey() -> tuple[ToolState, ...]:
    """Look at every tool of every check and of the generator."""
    from checks.registry import CHECKS  # noqa: PLC0415 - the runner needs this module, and the registry every check

    needs: dict[str, tuple[Tool, list[str]]] = {}
    sources = [("generator", GENERATOR), *((check.id, check.tools) for check in CHECKS.values())]
    for name, tools in sources:
        for tool in tools:
            needs.setdefault(tool.name, (tool, []))[1].append(name)
    states = [_state(tool, tuple(users), required=True) for tool, users in needs.values()]
    states += [_state(tool, (use,), required=False) for tool, use in OPTIONAL]
    for name, file, package, use in HEADERS:
        there = os.path.exists(file)  # noqa: PTH110 - a fixed path, asked once
        states.append(ToolState(name, (package,), file if there else "", "found" if there else "", (use,)))
    python = checkpatch.interpreter()
    modules = ToolState(SPDX[0], SPDX[1], python, "found" if python else "", ("checkpatch: SPDX",), required=False)
    return (*states, modules)


def install(packages: Sequence[str]) -> None:
    """Install Debian packages with apt-get, as root or through `sudo -n`.

    Raises:
        InputError: what was given is no package's name.
        InfrastructureError: there is no right to install, or apt-get failed.
    """
    if not packages:
        return
    for package in packages:
        if (
            not package
            or not package.isascii()
            or not all(each.isalnum() or each in "+-.:" for each in package)
            or package[0] in "+-.:"
            or package[-1] == "-"  # apt-get removes what is named so
        ):
            raise InputError(f"{package!r} is no package's name")
    update = ["apt-get", "update", "--quiet"]
    argv = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise InfrastructureError("there is no apt-get here", hint=f"install by other means: {' '.join(packages)}")
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or process.run(["sudo", "-n", "true"], seconds=30, check=False).returncode != 0:
            raise InfrastructureError(
                "installing takes root, and sudo asks for a password here", hint=f"sudo {process.command_line(argv)}"
            )
        update, argv = ["sudo", "-n", *update], ["sudo", "-n", *argv]
    process.run(update, seconds=_INSTALL_SECONDS, check=False)  # an old list may still know the packages
    process.run(argv, seconds=_INSTALL_SECONDS, env={"DEBIAN_FRONTEND": "noninteractive"})


def _state(tool: Tool, users: tuple[str, ...], *, required: bool) -> ToolState:
    path = tool.find() or ""
    version = cache.versions([tool])[0].partition(": ")[2] if path else ""
    return ToolState(tool.name, (tool.package,), path, version, users, required)
