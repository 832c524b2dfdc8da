# SPDX-License-Identifier: GPL-2.0-only
"""The guest's kernels: built as the other checks build, and kept by what they follow from."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.kernel import image, kbuild
from checks.kernel.arch import GUEST
from checks.kernel.points import make_builder
from checks.parsers import compiler
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.contract import Context
    from patchset.plan import Configuration, Plan

_IMAGE = Path(GUEST.image).name
KEPT = 8
"""How many kernels are kept, of all series and bases; with debug information one has 180 MiB."""
_IN_USE_SECONDS = 2 * 3600.0
"""For how long after it was asked for a kernel may be in a guest; the longest run of all checks took 4018 s."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """One that a guest boots.

    Attributes:
        image: what QEMU boots.
        symbols: the vmlinux, with what drgn must know; None where the configuration asks for no debug information.
    """

    image: Path
    symbols: Path | None


def built(context: Context, plan: Plan, configuration: Configuration, variables: Sequence[str] = ()) -> Kernel:
    """Return a kernel of the posted series, built where that was never done.

    Args:
        context: the subject and the cache.
        plan: of its series.
        configuration: what is asked for.
        variables: further `NAME=value` words for make.

    Raises:
        InfrastructureError: it does not build, or a line of the configuration did not take.
    """
    commit = [one for one in context.subject.commits if not one.tests][-1]
    builder = make_builder(context, plan)
    words = (
        commit.tree,
        configuration.fragment,
        *builder.toolchains[configuration.compiler],
        *map("=".join, kbuild.FIXED.items()),
        *variables,
    )
    name = hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
    kept = context.cache / "crash" / f"{configuration.name}-{name}"
    debug = any(symbol.startswith("DEBUG_INFO_DWARF") for symbol in configuration.symbols)
    wanted = Kernel(kept / _IMAGE, kept / "vmlinux" if debug else None)
    if kept.is_dir():
        return asked(wanted)
    with builder.tree.held():
        context.progress("crash", f"building the kernel: {configuration.name}")
        builder.tree.checkout(commit.sha)
        made = image.make(builder, configuration, stamp=commit.tree, jobs=context.jobs, variables=variables)
        refused = [each for each in made.refused if each.symbol not in configuration.optional]
        if refused:
            raise InfrastructureError(f"{configuration.name}: {', '.join(map(str, refused))} did not take")
        if made.file is None:
            found = compiler.parse(made.output, root=str(builder.tree.source))
            said = [one for one in found if one.kind is compiler.DiagnosticKind.ERROR]
            why = f"{said[0].file}:{said[0].line}: {said[0].text}" if said else f"make ended with {made.returncode}"
            hint = " && ".join((builder.tree.checkout_line(commit.sha), *made.reproduce))
            raise InfrastructureError(f"the kernel {configuration.name} does not build: {why}", hint=hint)
        _keep([made.file, *([made.build / "vmlinux"] if debug else [])], kept)
    forget(kept.parent)
    return wanted


def asked(made: Kernel) -> Kernel:
    """Return a kernel that was built, which `forget` then leaves alone: it is about to be in a guest."""
    made.image.touch()
    return made


def _keep(files: Sequence[Path], kept: Path) -> None:
    """Copy files into a new folder: all of it or nothing."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with temporary(kept.parent) as room:
        whole = room / "whole"
        whole.mkdir()
        for file in files:
            shutil.copyfile(file, whole / file.name)
        if not kept.is_dir():
            whole.rename(kept)


def forget(folder: Path, keep: int = KEPT) -> None:
    """Remove the kernels that nobody asked for for the longest time, but none that may be in use."""
    asked = []
    for file in folder.glob(f"*/{_IMAGE}"):
        with contextlib.suppress(FileNotFoundError):  # another run removes them, too
            asked.append((file.stat().st_mtime, file.parent))
    for last, kept in sorted(asked, reverse=True)[keep:]:
        if time.time() - last > _IN_USE_SECONDS:
            shutil.rmtree(kept, ignore_errors=True)
