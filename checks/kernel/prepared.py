# SPDX-License-Identifier: GPL-2.0-only
"""A base that is ready to be parsed: configured, its generated headers made, and nothing compiled.

It has a sparse work tree of its own, which stays at the base for good: no build waits for it, and it for no build.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.kernel import arch, kbuild, kconfig, worktree
from checks.kernel.worktree import WorkTree
from checks.parsers import cmdfile
from generator import process
from patchset.errors import InfrastructureError
from patchset.plan import symbols

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from checks.contract import Context
    from patchset.plan import Configuration

TARGET = "prepare0"
"""Of `make prepare` all but the tools that only linking needs."""
SECONDS = 1800.0
"""The deadline of that; a cold one takes half a minute."""
COMMAND = "kernel/.bounds.s.cmd"
"""What kbuild noted of the one file that every architecture compiles before all others."""
_TOOLCHAIN = (Tool("gcc", "gcc"), Tool("ld", "binutils"))
# A pattern with ** at its end, as one without would not take back what an earlier one with ! has left out.
_HEADERS = ("*.h", *(f"!/{folder}/**" for folder in ("arch", "drivers", "samples", "sound", "tools")))
_KBUILD = (
    "Kconfig*",
    "Makefile*",
    "Kbuild*",
    "/include/",
    "/scripts/",
    "/kernel/",
    "/tools/arch/**",
    "/tools/include/**",
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A base with its generated headers.

    Attributes:
        source: its files, as far as a parser needs them.
        build: the O= folder.
        arguments: what every file is parsed with.
        config: its .config: symbol without CONFIG_ to value.
        stamp: what all of that follows from, as an id.
    """

    source: Path
    build: Path
    arguments: tuple[str, ...]
    config: Mapping[str, str]
    stamp: str


@contextlib.contextmanager
def prepared(context: Context, configuration: Configuration, paths: Sequence[str]) -> Iterator[Prepared]:
    """Hold a base that is prepared; the first time that takes a minute.

    Args:
        context: whose base.
        configuration: what it is configured as; lines that only the series can express are left out by Kconfig.
        paths: files whose folders must be there.

    Raises:
        InfrastructureError: the generated headers cannot be made.
    """
    subject = context.subject
    folders = sorted({f"/{PurePosixPath(path).parent}/*" for path in paths if path.endswith((".c", ".h"))})
    own = f"/arch/{arch.folder(configuration.arch)}/**"
    patterns = (*_HEADERS, *_KBUILD, own, *folders)
    # What is rendered takes the place of files by the names that make gives them: their real ones.
    folder = worktree.trees(context) / f"{subject.base_tree[:16]}-parsed"
    tree = WorkTree(folder, subject.repository, patterns)
    toolchain = context.programs.versions(_TOOLCHAIN)
    words = (subject.base, configuration.arch, configuration.fragment, *patterns, *toolchain)
    stamp = hashlib.sha256("\n".join(words).encode()).hexdigest()
    build = tree.folder / configuration.name
    done = tree.source / ".git" / f"respin-{configuration.name}"  # it goes where the files go
    with tree.held():
        whole = done.is_file() and (build / COMMAND).is_file()
        if not (whole and done.read_text("utf-8") == stamp):
            context.progress("semantic", "the base's generated headers")
            tree.checkout(subject.base)
            _make(context, configuration, tree.source, build)
            done.write_text(stamp, "utf-8")
        arguments = cmdfile.arguments((build / COMMAND).read_text("utf-8", "replace"))
        if not arguments:
            raise InfrastructureError(f"{build / COMMAND} holds no command that can be read")
        config = symbols((build / ".config").read_text("utf-8", "replace"))
        yield Prepared(tree.source, build, (*arguments, f"-working-directory={build}"), config, stamp)


def _make(context: Context, configuration: Configuration, source: Path, build: Path) -> None:
    configured = kconfig.configure(configuration, source, build, stamp=context.subject.base_tree, cache=context.cache)
    argv = kbuild.command(configuration, source, build, [TARGET], context.jobs)
    if not configured.text:
        raise InfrastructureError(
            f"the base cannot be configured as {configuration.name}: {configured.why}",
            hint=kconfig.line(configuration, source, build),
        )
    with (build / "respin.log").open("wb") as output:
        environment = kbuild.environment(context.cache, source)
        done = process.run(argv, seconds=SECONDS, env=environment, output=output, check=False)
    if done.returncode != 0 or not (build / COMMAND).is_file():
        raise InfrastructureError(f"make {TARGET} failed; {build / 'respin.log'} tells why", hint=kbuild.line(argv))
