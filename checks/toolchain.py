# SPDX-License-Identifier: GPL-2.0-only
"""The programs that checks and generator stand on: which are there, what needs them, and how to get the others."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks import python3
from checks.contract import Tool
from checks.kernel import ccache
from checks.programs import Programs, said
from generator import process
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GIT = Tool("git", "git")
GENERATOR = (
    GIT,
    Tool("apt-get", "apt"),
    Tool("dpkg-deb", "dpkg"),
    Tool("tar", "tar"),
    Tool("xz", "xz-utils"),
)
"""What rendering and importing a base need."""
OPTIONAL = (
    (ccache.CCACHE, "build, kunit: quick rebuilds"),
    (Tool("git send-email", "git-email", (), "/usr/lib/git-core/git-send-email"), "sending what mail writes"),
    (Tool("Mail::Address", "libmailtools-perl", (), "/usr/share/perl5/Mail/Address.pm"), "git send-email"),
)
"""What makes builds quick, and what takes the mails; and what each is for."""
HEADERS = ((Tool("gelf.h", "libelf-dev", (), "/usr/include/gelf.h"), "build, kunit: objtool"),)
"""Libraries' headers that a kernel's host programs include, and what needs each."""
SPDX = ("python3: ply, git", ("python3-git", "python3-ply"))
"""The modules that checkpatch's spdxcheck.py imports, and their packages."""
_INSTALL_SECONDS = 1800.0
_QUERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ToolState:
    """One program, as it was found.

    Attributes:
        name: the program, or the Python modules.
        packages: Debian's packages that bring it; none for a library that an extra brings.
        path: where it is; empty where it is missing.
        version: the first line that it says of its version, or its package's; empty where it is missing, or unknown.
        needed_by: ids of checks, `generator`, or why it is useful.
        required: False where all works without it.
        refused: why it is not used, though it is there.
        extra: respin's own extra that brings the library.
    """

    name: str
    packages: tuple[str, ...]
    path: str
    version: str
    needed_by: tuple[str, ...]
    required: bool = True
    refused: str = ""
    extra: str = ""


def missing(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    """Return the tools that are not there."""
    return tuple(tool for tool in tools if tool.find() is None)


def told(tools: Sequence[Tool]) -> tuple[str, str]:
    """Return the names of some tools, and what to paste for them."""
    line = brought_by((tool.package for tool in tools), (tool.extra for tool in tools))
    return ", ".join(sorted({tool.name for tool in tools})), line


def brought_by(packages: Iterable[str], extras: Iterable[str]) -> str:
    """Return the lines to paste that bring Debian's packages and respin's own extras; empty names are none."""
    debian, python = (sorted(set(names) - {""}) for names in (packages, extras))
    lines = [f"apt-get install {' '.join(debian)}"] if debian else []
    return "; ".join([*lines, f"pip install 'respin[{','.join(python)}]'"] if python else lines)


def survey() -> tuple[ToolState, ...]:
    """Look at every tool of every check and of the generator."""
    from checks.registry import CHECKS  # noqa: PLC0415 - the runner needs this module, and no check
    from checks.userland.rounds import TOOLS as USERLAND  # noqa: PLC0415 - as above

    needs: dict[str, tuple[Tool, list[str]]] = {}
    sources = [("generator", GENERATOR), *((check.id, check.tools) for check in CHECKS.values())]
    for name, tools in sources:
        for tool in tools:
            needs.setdefault(tool.name, (tool, []))[1].append(name)
    states = [_state(tool, tuple(users), required=True) for tool, users in needs.values()]
    more = [*OPTIONAL, *((tool, "crash --userland") for tool in USERLAND if tool.name not in needs)]
    states += [_state(tool, (use,), required=False) for tool, use in more]
    states += [_state(tool, (use,), required=True) for tool, use in HEADERS]
    python = python3.interpreter(Programs())
    modules = ", ".join(_dpkg("--show", "--showformat=${Package} ${Version}\\n", *SPDX[1])) if python else ""
    spdx = ToolState(SPDX[0], SPDX[1], python, modules or "found", ("checkpatch: SPDX",), required=False)
    return (*packaged(states), spdx)


def install(packages: Sequence[str]) -> None:
    """Install Debian packages with apt-get, as root or through `sudo -n`.

    Raises:
        InputError: what was given is not a package name.
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
            raise InputError(f"{package!r} is not a package name")
    update = ["apt-get", "update", "--quiet"]
    argv = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise InfrastructureError(
            "there is no apt-get on this machine", hint=f"install by other means: {' '.join(packages)}"
        )
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or process.run(["sudo", "-n", "true"], seconds=30, check=False).returncode != 0:
            raise InfrastructureError(
                "installing needs root, and sudo asks for a password", hint=f"sudo {process.command_line(argv)}"
            )
        update, argv = ["sudo", "-n", *update], ["sudo", "-n", *argv]
    process.run(update, seconds=_INSTALL_SECONDS, check=False)  # an old list may still know the packages
    process.run(argv, seconds=_INSTALL_SECONDS, env={"DEBIAN_FRONTEND": "noninteractive"})


def _state(tool: Tool, users: tuple[str, ...], *, required: bool) -> ToolState:
    path = tool.find() or ""
    if tool.extra:
        from importlib import metadata  # noqa: PLC0415 - as in `Tool.find`

        version = metadata.version(tool.name) if path else ""
        return ToolState(tool.name, (), path, version, users, required, extra=tool.extra)
    version = said(path, tool.version) if path else ""
    refused = ccache.refused() if tool is ccache.CCACHE else ""
    return ToolState(tool.name, (tool.package,), path, version, users, required, refused)


def packaged(states: Sequence[ToolState]) -> tuple[ToolState, ...]:
    """Give what says nothing of its version that of the Debian package that its file is from."""
    asked = {state.path for state in states if state.path and not state.version}
    merged = {path: path.removeprefix("/usr") for path in asked}  # dpkg knows the name before /usr was merged
    owners: dict[str, str] = {}
    for row in _dpkg("--search", *merged, *merged.values()):
        names, found, path = row.partition(": ")
        if found and not names.startswith("diversion "):
            owners[path] = names.partition(",")[0]
    listed = _dpkg("--show", "--showformat=${binary:Package} ${Package} ${Version}\\n", *set(owners.values()))
    versions = {name: row[-1] for row in map(str.split, listed) for name in row[:-1]}
    return tuple(
        replace(state, version=f"{owner} {versions[owner]}") if owner in versions else state
        for state in states
        for owner in [owners.get(state.path) or owners.get(merged.get(state.path, "")) or ""]
    )


def _dpkg(*arguments: str) -> list[str]:
    """Return what dpkg-query says, and nothing where there is none; it fails where one file of many is not known."""
    try:
        return process.run(["dpkg-query", *arguments], seconds=_QUERY_SECONDS, check=False).text.splitlines()
    except InfrastructureError:
        return []
