# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel in QEMU with one script as its init, and return what its console showed.

TCG, never KVM. kunit.py ends its guest with the last suite; whoever wants to look at the kernel afterwards (kmemleak,
gcov) needs a guest of his own (docs/kernels.md). busybox and one script are the whole system.
"""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.kernel.arch import GUEST
from checks.python3 import PYTHON3
from checks.vm import initramfs
from checks.vm.guest import text, to_end
from checks.vm.machine import PATIENT, Machine
from generator import process
from patchset.errors import InfrastructureError
from patchset.plan import symbols

if TYPE_CHECKING:
    from checks.kernel.image import KernelImage
    from patchset.plan import KUnit

TOOLS = (
    PYTHON3,
    GUEST.qemu,
    Tool("busybox", "busybox-static", ()),
)
_FOLDERS = ("proc", "sys")
_MIB = 1024
_WORDS = (f"console={GUEST.console}", "kunit.enable=1", "panic=-1", "rdinit=/init", PATIENT)
_LATE = b"\nrespin: the guest did not end in time and was stopped\n"


def script(name: str) -> str:
    """Return the text of an init in checks/vm/init/."""
    return resources.files("checks.vm").joinpath("init", name).read_text(encoding="utf-8")


def machine(image: KernelImage, wanted: KUnit) -> Machine:
    """Return the guest as it is started; its initramfs is made by `boot`.

    Raises:
        InfrastructureError: there is no kernel to boot.
    """
    if image.file is None:
        raise InfrastructureError("there is no kernel to boot")
    folder = image.build / "respin.guest"
    words = " ".join((*_WORDS, *wanted.kernel_args))
    more = tuple(word for arguments in wanted.qemu_args for word in arguments.split())
    return Machine(image.file, folder / "initramfs", words, folder, _MIB, alone=True, more=more)


def line(image: KernelImage, wanted: KUnit) -> str:
    """Return the line that starts the guest again, once `boot` has made its initramfs."""
    made = machine(image, wanted)
    return process.command_line(made.argv(), cwd=made.folder)


def boot(image: KernelImage, wanted: KUnit, init: str) -> tuple[Path, str]:
    """Boot an image to its end or its deadline; return the console's file and its text.

    Args:
        image: a kernel that was built.
        wanted: how the guest is started, and how long it may take.
        init: the name of its init in checks/vm/init/.

    Raises:
        InfrastructureError: the kernel does not support an initramfs, or busybox is missing.
    """
    made = machine(image, wanted)
    busybox = shutil.which("busybox")
    if symbols((image.build / ".config").read_text("utf-8")).get("BLK_DEV_INITRD") != "y":
        raise InfrastructureError(
            "the kernel does not support an initramfs", hint="the configuration lacks BLK_DEV_INITRD"
        )
    if busybox is None:
        raise InfrastructureError("busybox is missing", hint="respin doctor --install")
    made.folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, initramfs.Content] = {
        "bin/busybox": Path(busybox),
        "dev/console": initramfs.CONSOLE,
        "init": script(init).encode(),
    }
    made.initramfs.write_bytes(initramfs.packed(content, _FOLDERS))
    if not to_end(made, wanted.seconds):
        # What it printed until then is the evidence; that the end of it is missing is the judge's to say.
        with made.console.open("ab") as output:
            output.write(_LATE)
    return made.console, text(made.console.read_bytes())
