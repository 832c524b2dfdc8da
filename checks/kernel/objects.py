# SPDX-License-Identifier: GPL-2.0-only
"""Which objects a configuration builds: kbuild's `obj-` lines, read as text.

`make some/file.o` ignores Kconfig and compiles what the configuration leaves out: the answer would be one to a question
that nobody asked. Of Makefile's language only what decides is read; what cannot be decided counts as built.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

from checks.kernel.arch import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_ASSIGN = re.compile(
    r"^\s*(?P<stem>[\w.-]+?)-(?:y|m|objs|\$\(CONFIG_(?P<symbol>\w+)\)|\$\(.*\))\s*[+:?]?=(?P<value>.*)$"
)
_IFDEF = re.compile(r"^\s*(?P<not>ifn?def)\s+CONFIG_(?P<symbol>\w+)\s*$")
_IFEQ = re.compile(r"^\s*(?P<not>ifn?eq)\s*\(\s*\$\(CONFIG_(?P<symbol>\w+)\)\s*,\s*\"?(?P<value>\w*)\"?\s*\)\s*$")
_DONE: Final = "done"
_Branch = bool | Literal["done"] | None
"""Whether the lines of a branch count; None: cannot be decided, `done`: one before it counted."""
_LISTS = frozenset({"obj", "lib", "core", "libs", "drivers", "extra"})
_ARCH = re.compile(r"arch/[^/]+/")


def enabled(makefile: str, config: Mapping[str, str]) -> frozenset[str]:
    """Return the objects and folders (with a final /) that a Makefile builds under a configuration.

    Args:
        makefile: its text.
        config: symbol without CONFIG_ to value, as `patchset.plan.symbols` reads a .config.
    """
    wanted: set[str] = set()
    parts: dict[str, set[str]] = {}
    taken: list[_Branch] = []  # a conditional each, innermost last
    for line in re.sub(r"\\\n", " ", makefile).split("\n"):
        text = line.partition("#")[0]
        if (
            _branch(text, taken, config)
            or any(each in {False, _DONE} for each in taken)
            or not (match := _ASSIGN.match(text))
        ):
            continue
        if match["symbol"] and config.get(match["symbol"], "n") not in ("y", "m"):
            continue
        words = match["value"].replace("$(BITS)", "64" if config.get("64BIT") == "y" else "32").split()
        if match["stem"] in _LISTS:
            wanted.update(words)
        else:
            parts.setdefault(match["stem"], set()).update(words)
    # A composite object, crypto-y := api.o cipher.o, or a list that another one names: obj-y += $(mmu-y)
    while stems := [stem for stem in parts if not wanted.isdisjoint(names_of(stem))]:
        for stem in stems:
            wanted |= parts.pop(stem)
    return frozenset(wanted)


def names_of(stem: str) -> tuple[str, ...]:
    """Return how another line names what `STEM-y := ...` lists: as an object, or as the list itself."""
    return (f"{stem}.o", *(f"$({stem}-{how})" for how in ("y", "m", "objs")))


def of_arch(sources: Iterable[str], arch: str) -> tuple[str, ...]:
    """Return the sources that belong to an architecture or to none: an x86 kernel has nothing of arch/arm64/."""
    return tuple(one for one in sources if not one.startswith("arch/") or one.split("/")[1] == folder(arch))


def built(sources: Iterable[str], config: Mapping[str, str], read: Callable[[str], str]) -> tuple[str, ...]:
    """Return the objects of those sources that a configuration builds, sorted.

    Args:
        sources: paths of .c and .S files in the tree; others are left out.
        config: symbol without CONFIG_ to value.
        read: returns a file's text, empty where it does not exist.
    """
    return tuple(
        sorted({_object(source) for source in sources if is_source(source) and _reached(source, config, read)})
    )


def is_source(source: str) -> bool:
    """Tell whether a path is that of a source which an object is made of."""
    return source.endswith((".c", ".S"))


def _object(source: str) -> str:
    return str(PurePosixPath(source).with_suffix(".o"))


def _reached(source: str, config: Mapping[str, str], read: Callable[[str], str]) -> bool:
    """Tell whether the file exists, its Makefile names it, and each folder above names the one below."""
    if not read(source):
        return False
    for name, where in above(source):
        text = read(f"{where}Kbuild") or read(f"{where}Makefile")
        names = enabled(text, config)
        # Folders whose Makefile is not kbuild's (the top one, arch/x86 before Kbuild) do not decide.
        decides = re.search(r"^\s*obj-", text, re.MULTILINE) is not None
        if decides and name not in names and not (name.endswith("/") and _elsewhere(names, name)):
            # arch/x86/Makefile, beside its Kbuild: drivers-$(CONFIG_PCI) += arch/x86/pci/
            beside = enabled(read(f"{where}Makefile"), config) if _ARCH.fullmatch(where) else ()
            if f"{where}{name}" not in beside:
                return False
    return True


def above(source: str) -> Iterator[tuple[str, str]]:
    """Yield what each Makefile on the way up has to name: the object, then folders with a final /, and where it is."""
    path = PurePosixPath(_object(source))
    name, where = path.name, path.parent
    while where != PurePosixPath("."):
        yield name, f"{where}/"
        name, where = f"{where.name}/", where.parent
    yield name, ""


def _elsewhere(names: frozenset[str], folder: str) -> bool:
    """Tell whether a deeper entry names the folder: arch/x86/ as a part of `arch/x86/kernel/`, or by a variable."""
    return any(name.startswith(folder) or "$(" in name for name in names)


def _branch(text: str, taken: list[_Branch], config: Mapping[str, str]) -> bool:
    """Follow if, else and endif: note in `taken` whether the lines that follow count; True where the line is one."""
    if match := _IFDEF.match(text):
        taken.append((config.get(match["symbol"], "n") != "n") is (match["not"] == "ifdef"))
    elif match := _IFEQ.match(text):
        value = config.get(match["symbol"], "n")
        taken.append(((match["value"] or "n") == value) is (match["not"] == "ifeq"))
    elif re.match(r"^\s*if(n?eq|n?def)\b", text):
        taken.append(None)
    elif (match := re.match(r"^\s*else\b(?P<more>\s+if)?", text)) and taken:
        before = taken[-1]
        if before is None or (before is False and match["more"]):
            taken[-1] = None
        else:
            taken[-1] = True if before is False else _DONE
    elif re.match(r"^\s*endif\b", text) and taken:
        taken.pop()
    else:
        return False
    return True
