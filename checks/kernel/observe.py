# SPDX-License-Identifier: GPL-2.0-only
"""Build one configuration at one commit, and write down what was seen.

What an object says while it is compiled is seen only then: `checks.kernel.words` keeps it for as long as the object is
as it was, and a configuration that links keeps all that was ever said about the base beside the build folder. A file
that was to appear and did not is never a success.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from checks import cache
from checks.kernel import kbuild, kconfig, objects, seed, spared, words
from checks.parsers import cmdfile, compiler
from generator import process
from patchset.plan import Link, symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from checks.kernel.worktree import WorkTree
    from patchset.plan import Compiler, Configuration

VERSION = 3
"""Raised with each change after which the same words may lead to something else: it is part of the key."""
_SHOWN = 5
"""How many missing files a message names."""


@dataclass(frozen=True, slots=True)
class Point:
    """A commit at which every configuration is built.

    Attributes:
        number: the patch's number; 0 is the untouched base.
        sha: the commit.
        tree: its tree.
        previous: the tree of the commit before it; what is rebuilt, and so what is said, follows from both.
        last: True at the last patch that is not a test patch.
    """

    number: int
    sha: str
    tree: str
    previous: str
    last: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """What a build showed.

    Attributes:
        diagnostics: warnings and errors, in their order.
        refused: configuration lines that did not take.
        objects: how many objects were asked for.
        built: those that are there, where somebody asked.
        read: files of those that he asked about that the objects were made of.
        linked: True where vmlinux was linked.
        broken: why it proves nothing, or empty.
        seconds: wall time.
        reproduce: a line to paste.
    """

    diagnostics: tuple[compiler.Diagnostic, ...] = ()
    refused: tuple[kconfig.RefusedSymbol, ...] = ()
    objects: int = 0
    built: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    linked: bool = False
    broken: str = ""
    seconds: float = 0.0
    reproduce: str = ""
    cached: bool = field(default=False, compare=False)

    @property
    def errors(self) -> tuple[compiler.Diagnostic, ...]:
        """The errors alone."""
        return _errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Builder:
    """What all builds of one base share.

    Attributes:
        tree: the work tree; whoever calls `observe` holds it.
        cache: respin's cache folder.
        sources: the .c files whose objects are asked for, where a configuration builds them.
        users: further ones, of headers that the series touches: they are asked for at the base and at the last patch,
            and by whatever links vmlinux at each.
        toolchains: versions of each compiler and its friends.
        spared: what need not be compiled again.
        watched: files of which it is to be told whether an object was made of them; None: of none. Where it is told, a
            configuration without an object shows that there is none; else that is no evidence of anything.
    """

    tree: WorkTree
    cache: Path
    sources: tuple[str, ...]
    users: tuple[str, ...]
    toolchains: Mapping[Compiler, tuple[str, ...]]
    spared: spared.Spared
    watched: tuple[str, ...] | None = None

    def folder(self, configuration: Configuration) -> Path:
        """Return the O= folder of a configuration."""
        cc = kbuild.compiler(configuration)
        text = f"{configuration.arch} {configuration.warnings} {cc}\n{configuration.fragment}"
        return self.tree.folder / f"{configuration.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def begin(self, configuration: Configuration) -> Path:
        """Return its O= folder, made where it was not there, from another one's; nothing may be built beside that."""
        build = self.folder(configuration)
        seed.begin(build, configuration)
        return build

    def key(self, configuration: Configuration, point: Point) -> str:
        """Return the id of what a configuration shows at a point."""
        what = (configuration.name, configuration.arch, str(configuration.warnings))
        link = str(_links(configuration, point))
        where = (point.previous, point.tree, str(point.number == 0))
        toolchain = self.toolchains[configuration.compiler]
        sources = (*self._sources(configuration, point), "users", *sorted(self.users))
        if self.watched is not None:
            sources += ("watched", *sorted(self.watched))
        return cache.key(
            "build", VERSION, *what, link, configuration.fragment, *where, *sources, *toolchain, str(self.tree.folder)
        )

    def known(self, configuration: Configuration, point: Point) -> Observation | None:
        """Return what an earlier run saw."""
        try:
            return _load(cache.read(self.cache, self.key(configuration, point)))
        except (TypeError, KeyError, ValueError):
            return None

    def observe(self, configuration: Configuration, point: Point, *, stamp: str, jobs: int) -> Observation:
        """Build a configuration in the tree as it is now: at `point`, with the Kconfig files of `stamp`."""
        started, build, source = time.monotonic(), self.folder(configuration), self.tree.source
        configured = kconfig.configure(configuration, source, build, stamp=stamp, cache=self.cache)
        sources = self._sources(configuration, point)
        config = symbols(configured.text)
        # Where a configuration has nothing of what the series touches, the users of its headers still show something.
        users = objects.of_arch(sorted(self.users), configuration.arch)
        wanted = objects.built(sources, config, self._read) or objects.built(users, config, self._read)
        state = spared.state(point.tree, config, self.toolchains[configuration.compiler])
        seen = list(configured.diagnostics)
        broken, argv = "", list[str]()
        links = _links(configuration, point) and bool(configured.text)
        # Where vmlinux is linked once only, the rest of the kernel was never compiled on the base: of that build
        # the errors count; the warnings of the touched objects are compared as at every other patch.
        if links and configuration.link is Link.EACH:
            steps = [("vmlinux", *wanted)]
        else:
            steps = [wanted, ("vmlinux", *wanted)] if links else [wanted] if configured.text else []
        if self.watched is not None and not wanted:
            steps = []
        for files in steps:
            whole = files[:1] == ("vmlinux",)
            targets = (words.SYNC, *(files[:1] if whole else files))
            argv = kbuild.command(configuration, source, build, targets, jobs)
            if not whole and self.spared.spare(build, files, state, config):
                diagnostics, broken = self._said(words.said(build, files)), ""
            else:
                every = whole and configuration.link is Link.EACH
                diagnostics, broken = self._make(argv, build, files, state, whole=every)
            if len(steps) > 1 and files is steps[1]:
                diagnostics = tuple(each for each in diagnostics if each.kind is compiler.DiagnosticKind.ERROR)
            seen += [each for each in diagnostics if each not in seen]
            if broken or _errors(seen):
                break
        reproduce = (
            self.tree.checkout_line(point.sha),
            kconfig.line(configuration, source, build),
            *([kbuild.line(argv)] if argv else []),
        )
        made = Observation(
            tuple(seen),
            kconfig.refused(configuration, configured.text) if configured.text else (),
            len(wanted),
            *self._evidence(build, wanted if steps else ()),
            links,
            broken,
            time.monotonic() - started,
            " && ".join(reproduce),
        )
        # An error may be the machine's (a missing header of a host program): only what built is known for good.
        if not broken and not made.errors:
            cache.write(self.cache, self.key(configuration, point), asdict(made))
        return made

    def link(self, configuration: Configuration, tree: str, *, stamp: str, jobs: int) -> None:
        """Link vmlinux of what is checked out, and write down what is said: what fails here fails whoever goes on.

        Args:
            configuration: one that links at each patch; what `observe` is told of it later need not be compiled again.
            tree: the id of the kernel's tree.
            stamp: the content of all Kconfig files, as an id.
            jobs: how many compilers may run.
        """
        build = self.begin(configuration)
        configured = kconfig.configure(configuration, self.tree.source, build, stamp=stamp, cache=self.cache)
        state = spared.state(tree, symbols(configured.text), self.toolchains[configuration.compiler])
        argv = kbuild.command(configuration, self.tree.source, build, (words.SYNC, "vmlinux"), jobs)
        if configured.text:
            self._make(argv, build, ("vmlinux",), state, whole=True)

    def _make(
        self, argv: list[str], build: Path, files: Sequence[str], state: words.ObjectState, *, whole: bool
    ) -> tuple[tuple[compiler.Diagnostic, ...], str]:
        """Run make; return its diagnostics, those of what it left alone among them, and why it proves nothing."""
        if not files:
            return (), "the configuration builds no object of the series: nothing was read"
        code, now = 0, ""
        log = build / "respin.log"

        def make() -> str:
            nonlocal code, now
            environment = kbuild.environment(self.cache, self.tree.source)
            with log.open("wb") as output:
                done = process.run(argv, seconds=kbuild.SECONDS, env=environment, output=output, check=False)
            code, now = done.returncode, log.read_bytes().decode("utf-8", "replace")
            return now

        if "vmlinux" in files:
            (build / "vmlinux").unlink(missing_ok=True)
            ever = words.told(build, files, make, state, whole=True) if whole else make()
        else:
            ever = words.told(build, files, make, state)
        errors = _errors(self._said(now))
        said = (*errors, *(each for each in self._said(ever) if each.kind is compiler.DiagnosticKind.WARNING))
        missing = [file for file in files if not (build / file).is_file()]
        if code != 0 and (line := compiler.not_ours(now)):
            return said, f"the machine, not the series: {line}"
        if code != 0 and not errors:
            return said, f"make ended with {code} and named no error; its last words: {_tail(now)}"
        if code == 0 and missing:
            return said, f"make succeeded, but {_some(missing)} never appeared"
        return said, ""

    def _evidence(self, build: Path, wanted: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the objects that are there, and the watched files that they were made of."""
        if self.watched is None:
            return (), ()
        made = tuple(each for each in wanted if (build / each).is_file())
        watched, names = {*self.watched}, {path.rpartition("/")[2] for path in self.watched}
        read: set[str] = set()
        for file in (build / each for each in made):
            command = file.with_name(f".{file.name}.cmd")
            text = command.read_text("utf-8", "replace") if command.is_file() else ""
            near = (name for name in cmdfile.files(text) if name.rpartition("/")[2] in names)
            read |= watched & {os.path.relpath(build / name, self.tree.source) for name in near}
        return made, tuple(sorted(read))

    def _said(self, text: str) -> tuple[compiler.Diagnostic, ...]:
        return compiler.parse(text, root=str(self.tree.source))

    def _sources(self, configuration: Configuration, point: Point) -> tuple[str, ...]:
        """Return the sources whose objects are asked for at a point, in order."""
        users = self.users if point.last or point.number == 0 or configuration.link is Link.EACH else ()
        return objects.of_arch(sorted({*self.sources, *users}), configuration.arch)

    def _read(self, path: str) -> str:
        file = self.tree.source / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _errors(diagnostics: Iterable[compiler.Diagnostic]) -> tuple[compiler.Diagnostic, ...]:
    return tuple(each for each in diagnostics if each.kind is compiler.DiagnosticKind.ERROR)


def _links(configuration: Configuration, point: Point) -> bool:
    return configuration.link is Link.EACH or (configuration.link is Link.LAST and point.last)


def _load(data: Any) -> Observation | None:  # noqa: ANN401 - JSON, as asdict wrote it
    if data is None:
        return None
    diagnostics = tuple(
        compiler.Diagnostic(compiler.DiagnosticKind(each["kind"]), each["file"], each["text"], each["line"])
        for each in data["diagnostics"]
    )
    refused = tuple(kconfig.RefusedSymbol(**each) for each in data["refused"])
    listed = {name: tuple(data.get(name, ())) for name in ("built", "read")}
    return Observation(**{**data, **listed, "diagnostics": diagnostics, "refused": refused, "cached": True})


def _tail(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-3:]) or "(none)"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
