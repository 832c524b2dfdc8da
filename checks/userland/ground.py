# SPDX-License-Identifier: GPL-2.0-only
"""What the guests of a distribution are made of: its image, our kernel with what its userland needs, the machine."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from msgspec import structs

from checks.crash import kernel
from checks.kernel.arch import GUEST
from checks.userland import companion, root
from checks.userland.distribution import installed
from checks.vm.machine import PATIENT, Machine
from patchset.plan import symbols

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from checks.crash.lab import Lab
    from checks.userland.distribution import Distribution
    from checks.userland.root import DiskImage
    from patchset.plan import Configuration

CONFIGURATION = "distribution.config"
"""What a distribution asks of a kernel beyond the crash test's own."""
MIB = 2048
"""The guest's memory: what Argon2id takes, and as much again."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a distribution is tried.

    Attributes:
        lab: of the scenario.
        distribution: which one.
    """

    lab: Lab
    distribution: Distribution

    @property
    def cache(self) -> Path:
        """Where images are kept."""
        return self.lab.cache / "userland"

    @property
    def files(self) -> Mapping[str, bytes]:
        """What `respin userland` writes for it."""
        return companion.rendered(self.lab.context.subject.series, self.distribution.initramfs.name)

    def configuration(self, *, feature: bool = True) -> Configuration:
        """Return how the kernel is configured."""
        of = self.lab.crash.on if feature else self.lab.crash.off
        more = symbols(resources.files("checks.userland").joinpath(CONFIGURATION).read_text("utf-8"))
        return structs.replace(of, name=f"{of.name}-userland", symbols={**of.symbols, **more})

    def kernel(self, *, feature: bool = True) -> kernel.Kernel:
        """Return the kernel, built where it is not."""
        configuration = self.configuration(feature=feature)
        return kernel.built(self.lab.context, self.lab.context.subject.series.plan, configuration)

    def prepare(self) -> None:
        """Make what all scenarios of a run have in common."""
        self.kernel()
        self.lab.say(f"installing {self.distribution.name}")
        installed(self.distribution, self.cache, self.lab.context.programs)

    def image(self, *, feature: bool, helped: bool, encrypted: bool) -> tuple[DiskImage, root.ImageContent]:
        """Return an image to write to, and what is in it.

        Args:
            feature: False for a kernel without the series' option.
            helped: False for a machine without the companion.
            encrypted: False for a plain root.
        """
        programs = self.lab.context.programs
        base = installed(self.distribution, self.cache, programs)
        wanted = root.ImageContent(
            self.kernel(feature=feature).image,
            self.configuration(feature=feature).fragment,
            self.files if helped else {},
            encrypted=encrypted,
        )
        self.lab.say("making the image")
        made = root.made(base, wanted, self.cache, programs)
        return made.copy(self.lab.folder / "root.img"), wanted

    def machine(self, image: DiskImage, wanted: root.ImageContent, area: str = "", *, plugged: int = 0) -> Machine:
        """Return the guest; so many MiB of memory can be plugged into it."""
        root = f"{wanted.root} {self.distribution.initramfs.words}" if wanted.encrypted else wanted.root
        words = f"{root} ro console={GUEST.console} crashkernel={area or self.distribution.reserved} {PATIENT}"
        folder = self.lab.folder / "guest"
        disks = (image.disk.image,)
        more = ("-m", f"slots=1,maxmem={MIB + plugged}M") if plugged else ()
        return Machine(
            wanted.kernel, image.initramfs, words, folder, MIB, disks, self.lab.accelerator, typed=True, more=more
        )
