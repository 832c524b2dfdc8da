# SPDX-License-Identifier: GPL-2.0-only
"""Boot a kernel in QEMU with one script as its init, and return what its console showed.

GUEST.md: TCG, never KVM. kunit.py ends its guest with the last suite; whoever wants to look at the kernel afterwards
(kmemleak, gcov) needs a guest of his own. busybox, one script and the kernel's own gen_init_cpio are the whole system.
"""

from __future__ import annotations

import shutil
from importlib import resources
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.kernel.arch import GUEST
from checks.vm.machine import PATIENT
from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from pathlib import Path

    from checks.kernel.image import Image
    from patchset.plan import KUnit

TOOLS = (
    Tool("python3", "python3"),
    GUEST.qemu,
    Tool("busybox", "busybox-static", ()),
)
_SECONDS = 60.0
_FOLDERS = ("bin", "proc", "sys", "dev")
# -no-reboot: the guest's last act, or its panic, ends QEMU.
_QEMU = (GUEST.qemu.name, "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-m", "1024")
_WORDS = (f"console={GUEST.console}", "kunit.enable=1", "panic=-1", "rdinit=/init", PATIENT)


def script(name: str) -> str:
    """Return the text of an init in checks/vm/init/."""
    return resources.files("checks.vm").joinpath("init", name).read_text(encoding="utf-8")


def command(image: Image, wanted: KUnit) -> list[str]:
    """Return the command that starts the guest; its initramfs is made by `boot`."""
    words = " ".join((*_WORDS, *wanted.kernel_args))
    qemu = [word for arguments in wanted.qemu_args for word in arguments.split()]
    return [*_QEMU, "-kernel", str(image.file), "-initrd", str(_initramfs(image)), *qemu, "-append", words]


def boot(image: Image, wanted: KUnit, init: str) -> tuple[Path, str]:
    """Boot an image to its end or its deadline; return the console's file and its text.

    Args:
        image: a kernel that was built.
        wanted: how the guest is started, and how long it may take.
        init: the name of its init in checks/vm/init/.
    """
    _pack(image, script(init))
    console = image.build / "respin.console"
    with console.open("wb") as output:
        try:
            process.run(command(image, wanted), seconds=wanted.seconds, output=output, check=False)
        except process.DeadlineError:
            # What it printed until then is the evidence; that the end of it is missing is the judge's to say.
            output.write(b"\nrespin: the guest did not end in time and was stopped\n")
    return console, console.read_bytes().decode("utf-8", "replace")


def _pack(image: Image, text: str) -> None:
    """Make the initramfs."""
    init, listing = image.build / "respin.init", image.build / "respin.cpio.list"
    init.write_text(text, encoding="utf-8")
    lines = [
        *(f"dir /{folder} 0755 0 0" for folder in _FOLDERS),
        "nod /dev/console 0600 0 0 c 5 1",
        f"file /bin/busybox {shutil.which('busybox')} 0755 0 0",
        f"file /init {init} 0755 0 0",
    ]
    listing.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    packer = image.build / "usr/gen_init_cpio"
    if not packer.is_file():
        raise InfrastructureError(f"the kernel's build made no {packer}", hint="the configuration lacks BLK_DEV_INITRD")
    _initramfs(image).write_bytes(process.run([str(packer), str(listing)], seconds=_SECONDS).stdout)


def _initramfs(image: Image) -> Path:
    return image.build / "respin.cpio"
