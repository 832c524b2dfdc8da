# SPDX-License-Identifier: GPL-2.0-only
"""Say whose some bytes of a running guest are, with drgn, in a process of its own: what crashes there is not respin.

Takes QEMU's monitor socket, the vmlinux and physical addresses as its arguments. Writes a JSON list with a name for
each address: the slab cache that its object is of, or what its page is.
"""

from __future__ import annotations

import json
import sys

import drgn
from drgn.helpers.linux.mm import PageReserved, compound_head, phys_to_page, phys_to_virt
from drgn.helpers.linux.slab import slab_object_info

_ANONYMOUS = 1
"""PAGE_MAPPING_ANON, include/linux/page-flags.h"""


def main() -> None:
    """Do what the arguments ask for."""
    socket, vmlinux, *addresses = sys.argv[1:]
    program = drgn.Program()
    program.set_qemu_qmp(socket)
    program.load_debug_info([vmlinux])
    json.dump([_owner(program, int(address)) for address in addresses], sys.stdout)


def _owner(program: drgn.Program, address: int) -> str:
    virtual = phys_to_virt(program, address)
    if (found := slab_object_info(virtual)) is not None:
        name = found.slab_cache.name.string_().decode("utf-8", "replace")
        return f"slab {name}" if found.allocated else f"freed slab {name}"
    page = compound_head(phys_to_page(program, address))
    if PageReserved(page):
        return "reserved page"
    mapping = page.mapping.value_()
    if mapping:
        return "anonymous page" if mapping & _ANONYMOUS else "page cache"
    return "allocated page" if page._refcount.counter.value_() else "free page"  # noqa: SLF001 - struct page's member


if __name__ == "__main__":
    main()
