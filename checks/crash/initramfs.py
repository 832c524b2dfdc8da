# SPDX-License-Identifier: GPL-2.0-only
"""The guest's initramfs, made of this machine's binaries, the libraries that ldd names, and two programs in C.

One is the series' helper; the other one, reseed.c, is for guests that come of a saved state (checks/vm/snapshot.py).
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from checks.contract import Tool
from checks.vm import initramfs
from generator import process
from generator.fragment import Fragments, TemplateCompiler
from generator.temporary import temporary
from patchset.errors import InfrastructureError
from patchset.loader import GUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.vm.initramfs import Content
    from patchset.plan import Crash
    from patchset.snapshot import Folder

BINARIES = (
    Tool("busybox", "busybox-static", ()),
    Tool("kexec", "kexec-tools"),
    Tool("cryptsetup", "cryptsetup-bin"),
    Tool("makedumpfile", "makedumpfile", ("-v",)),
)
"""What the guest runs beside the helper."""
LIBRARIES = ("cryptsetup", "keyutils", "devmapper")
"""What the helper is linked with."""
HEADERS = tuple(
    Tool(header, package, (), f"/usr/include/{header}")
    for header, package in (
        ("libcryptsetup.h", "libcryptsetup-dev"),
        ("keyutils.h", "libkeyutils-dev"),
        ("libdevmapper.h", "libdevmapper-dev"),
    )
)
"""What the helper is compiled with."""
RESEED = "reseed"
SEED = 32
"""The program that gives the random generator a seed, in hex, and how many bytes that is."""
_DLOPENED = "libgcc_s.so.1"  # a thread that Argon2 cancels asks for it
_LIBRARY = re.compile(r"(?P<path>/\S+) \(0x[0-9a-f]+\)")
_FOLDERS = ("proc", "sys", "dev", "run", "tmp", "boot", "mnt", "etc")
_SECONDS = 120.0


def make(templates: Folder, crash: Crash, cache: Path) -> Path:
    """Return the initramfs, from the cache where nothing that it is made of has changed.

    Args:
        templates: the series' C folder; guest/ below it holds the helper and the init.
        crash: what its definition says of both.
        cache: respin's cache folder.

    Raises:
        InfrastructureError: a binary is missing, or the helper does not build.
    """
    source, init = expanded(templates, crash)
    binaries = [_which(tool.name) for tool in BINARIES]
    cache.mkdir(parents=True, exist_ok=True)
    with temporary(cache) as made:
        helper = _compile(source, made / crash.helper, LIBRARIES)
        reseed = _compile(resources.files("checks.crash").joinpath(f"{RESEED}.c").read_text("utf-8"), made / RESEED)
        files = _content([*binaries, helper, reseed], init)
        name = hashlib.sha256(b"".join(_identity(path, what) for path, what in files.items())).hexdigest()[:16]
        target = cache / f"initramfs-{name}"
        if not target.is_file():
            (made / "packed").write_bytes(gzip.compress(initramfs.packed(files, _FOLDERS), compresslevel=6, mtime=0))
            (made / "packed").replace(target)  # all or nothing, whoever else makes it
    return target


def expanded(templates: Folder, crash: Crash) -> tuple[str, ...]:
    """Return the source of the helper, and the init, as this series has them."""
    fragments = Fragments(templates, {}, TemplateCompiler())
    items = structs.asdict(crash.items) if crash.items else None
    variables = {"file": crash.one_file, "items": items, "key": structs.asdict(crash.key)}
    names = zip(_sources(crash.helper), texts(templates, crash.helper), strict=True)
    return tuple(fragments.text(text, name, **variables) for name, text in names)


def texts(templates: Folder, helper: str) -> tuple[str, ...]:
    """Return what of the initramfs comes from the series, as it stands in its templates; nothing where it has none."""
    folder = templates.joinpath(GUEST)
    if not folder.is_dir():
        return ()
    return tuple(folder.joinpath(f"{name}.j2").read_text("utf-8") for name in _sources(helper))


def _sources(helper: str) -> tuple[str, str]:
    return f"{helper}.c", "init"


def libraries(text: str) -> tuple[str, ...]:
    """Return the paths that ldd's output names, in its order."""
    return tuple(dict.fromkeys(match["path"] for match in _LIBRARY.finditer(text)))


def _compile(source: str, program: Path, linked: Sequence[str] = ()) -> Path:
    file = program.with_name(f"{program.name}.c")
    file.write_text(source, "utf-8")
    flags = ["-O2", "-Wall", "-Werror", "-o", str(program), str(file)]
    process.run(["gcc", *flags, *(f"-l{name}" for name in linked)], seconds=_SECONDS)
    return program


def _content(binaries: Sequence[Path], init: str) -> dict[str, Content]:
    """Return what is where in the initramfs."""
    files: dict[str, Content] = {"init": init.encode(), "bin/sh": "busybox"}
    found: list[str] = []
    for binary in binaries:
        files[("bin/" if binary.name == "busybox" else "sbin/") + binary.name] = binary
        found += _ldd(binary)
    beside = next((Path(path).parent / _DLOPENED for path in found if "libc.so" in path), None)
    if beside is not None and beside.is_file():
        found.append(str(beside))
    files |= {path.lstrip("/"): Path(path) for path in found}
    return files


def _ldd(binary: Path) -> tuple[str, ...]:
    done = process.run(["ldd", str(binary)], seconds=_SECONDS, check=False)  # 1: statically linked
    return libraries(done.text)


def _identity(path: str, what: Content) -> bytes:
    content = what.read_bytes() if isinstance(what, Path) else what.encode() if isinstance(what, str) else bytes(what)
    return f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode()


def _which(name: str) -> Path:
    path = shutil.which(name)
    if path is None:
        raise InfrastructureError(f"{name} is missing", hint="respin doctor --install")
    return Path(path)
