# SPDX-License-Identifier: GPL-2.0-only
"""Build a bootable kernel of one configuration, in the folder that the configuration has to itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from checks.kernel import kbuild, kconfig
from checks.kernel.arch import GUEST
from generator import process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.kernel.observe import Builder
    from patchset.plan import Configuration, Plan


@dataclass(frozen=True, slots=True)
class KernelImage:
    """What came of building a kernel.

    Attributes:
        build: the O= folder.
        file: the kernel, or None where there is none.
        returncode: what make ended with.
        output: what Kconfig and make said.
        refused: configuration lines that did not take.
        reproduce: commands to paste, without the checkout.
    """

    build: Path
    file: Path | None
    returncode: int
    output: str
    refused: tuple[kconfig.RefusedSymbol, ...]
    reproduce: tuple[str, ...]


def make(
    builder: Builder, configuration: Configuration, *, stamp: str, jobs: int, variables: Sequence[str] = ()
) -> KernelImage:
    """Build the tree as it is now; whoever calls holds it.

    Args:
        builder: the tree and the cache.
        configuration: what is asked for.
        stamp: the content of all Kconfig files, as an id.
        jobs: how many compilers may run.
        variables: further `NAME=value` words for make.
    """
    build, source = builder.begin(configuration), builder.tree.source
    configured = kconfig.configure(configuration, source, build, stamp=stamp, cache=builder.cache)
    refused = kconfig.refused(configuration, configured.text) if configured.text else ()
    how = kconfig.line(configuration, source, build)
    if not configured.text:
        said = "\n".join(f"{each.file}:{each.line}: {each.kind}: {each.text}" for each in configured.diagnostics)
        return KernelImage(build, None, 1, said, refused, (how,))
    if any(each.symbol not in configuration.optional for each in refused):
        return KernelImage(
            build, None, 1, "", refused, (how,)
        )  # a kernel that is not what was asked for proves nothing
    file, log = build / GUEST.image, build / "respin.log"
    argv = kbuild.command(configuration, source, build, [*variables, file.name], jobs)
    environment = kbuild.environment(builder.cache, source)
    with log.open("wb") as output:
        done = process.run(argv, seconds=kbuild.SECONDS, env=environment, output=output, check=False)
    text = log.read_bytes().decode("utf-8", "replace")
    there = done.returncode == 0 and file.is_file()
    return KernelImage(build, file if there else None, done.returncode, text, refused, (how, kbuild.line(argv)))


def ubsan(plan: Plan) -> tuple[str, ...]:
    """Return make's variables with which UBSAN watches the sources that the series touches.

    Before 6.9, CONFIG_UBSAN watches only files that ask for it, unless UBSAN_SANITIZE_ALL, gone since, asks for all.
    """
    return tuple(f"UBSAN_SANITIZE_{PurePath(each).stem}.o=y" for each in plan.sources)


def under_ubsan(build: Path, plan: Plan) -> bool:
    """Tell whether UBSAN watches any object that was built of those sources."""
    objects = (build / f"{each.removesuffix('.c')}.o" for each in plan.sources)
    return any(b"__ubsan_handle_" in each.read_bytes() for each in objects if each.is_file())
