# SPDX-License-Identifier: GPL-2.0-only
"""The rules of the house, held by tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from checks.registry import CHECKS
from respin.version import VERSION
from tests import classnames, places
from tests.globals import EXCEPT, changed_by_themselves, remembered

ROOT = Path(__file__).parents[1]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
MODULES = [path for path in TRACKED if path.suffix == ".py"]
ENGINE = [
    path
    for path in (one.relative_to(ROOT) for one in MODULES)
    if path.parts[0] in {"checks", "generator", "patchset", "respin", "templates"}
]
LONGEST = 400


@pytest.mark.slow
def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter)], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "6 kept, 0 broken" in done.stdout


REPORTS = "reports read the JSON object and nothing else"
PLANTED = [
    ("patchset <- generator <- checks <- respin", "checks/cache.py", "respin.session"),
    ("a check never imports a check", "checks/proofs/kunit.py", "checks.proofs.build"),
    ("the floors of checks", "checks/kernel/arch.py", "checks.vm.machine"),
    ("parsers start no process", "checks/parsers/gcov.py", "generator.process"),
    (REPORTS, "respin/report/text.py", "checks.kernel.arch"),
    (REPORTS, "respin/report/sarif.py", "checks.lint.lines"),
    (REPORTS, "respin/report/model.py", "checks.contract"),
    (REPORTS, "respin/report/diffs.py", "generator.git"),
    (REPORTS, "respin/report/rules.py", "patchset.types"),
    (REPORTS, "respin/report/since.py", "respin.kept"),
    ("mails are made of commits and reports, and judged by others", "respin/posting/mails.py", "checks.lint.judge"),
]
"""For each contract modules, and what they may not import."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what is said of the code with all of these imports in it."""
    folder = tmp_path_factory.mktemp("planted")
    for name in ("patchset", "generator", "checks", "respin", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.j2"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for _, module, wanted in PLANTED:
        with (folder / module).open("a") as file:
            file.write(f"\nimport {wanted}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"}
    done = subprocess.run(
        [str(linter), "--no-cache"], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "module", "wanted"), PLANTED)
def test_a_contract_is_broken_by_what_it_forbids(broken: str, contract: str, module: str, wanted: str) -> None:
    assert f"{contract} BROKEN" in broken, broken
    importer = module.removesuffix(".py").replace("/", ".")
    lines = len((ROOT / module).read_text().splitlines())
    _, _, told = broken.partition(f"\n{contract}\n---")
    assert f"{importer} -> {wanted} (l.{lines + 2})" in told.partition("\n---")[0], broken


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_says_its_license(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= LONGEST
    assert lines[0] == "# SPDX-License-Identifier: GPL-2.0-only"


def test_a_wheel_has_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = (path.parent.relative_to(ROOT) for path in MODULES if path.name == "__init__.py")
    assert {*project["packages"]} == {".".join(one.parts) for one in folders if one.parts[0] != "tests"}
    for package, patterns in project["package-data"].items():
        folder = ROOT.joinpath(*package.split("."))
        assert all(any(folder.glob(pattern)) for pattern in patterns), package


def test_nothing_is_remembered_by_a_module() -> None:
    texts = {str(path): (ROOT / path).read_text() for path in ENGINE}
    changing = changed_by_themselves(texts.values())
    assert {path: names for path, text in texts.items() if (names := remembered(text, changing))} == EXCEPT


@pytest.mark.parametrize(
    "planted",
    [
        "@functools.cache\ndef seen(): pass\n",
        "@lru_cache(maxsize=4)\ndef seen(): pass\n",
        "class A:\n    @functools.lru_cache\n    def seen(self): pass\n",
        "seen = functools.cache(len)\n",
        "seen: dict[str, int] = {}\ndef f(a):\n    seen[a] = 1\n",
        "seen = dict()\ndef f(a):\n    del seen[a]\n",
        "seen = []\ndef f(a):\n    seen.append(a)\n",
        "seen = collections.OrderedDict()\ndef f(a):\n    return seen.setdefault(a, 1)\n",
        "seen = {one for one in ()}\nf = lambda a: seen.add(a)\n",
        "seen = {}\ndef f(a):\n    return keep(seen, a)\n",
        "seen = {}\ndef f(a):\n    return keep(a, known=seen)\n",
        "seen = []\ndef f():\n    global seen\n    seen = []\n",
        "class A:\n    seen = {}\n    def f(self, a):\n        self.seen[a] = 1\n",
        "class A:\n    seen: ClassVar[list[int]] = []\n    @classmethod\n    def f(cls, a):\n        cls.seen.append(a)\n",
        "class A:\n    seen = set()\ndef f(a):\n    A.seen.add(a)\n",
        "class A:\n    seen = 0\n    def f(self):\n        A.seen += 1\n",
        "class A:\n    seen = None\n    def f(self, a):\n        type(self).seen = a\n",
        "class A:\n    def add(self, a):\n        self.known = a\nseen = A()\n",
        "class A:\n    def add(self, a):\n        self.known.append(a)\nclass B(A): pass\nseen = (1, B())\n",
        "class A:\n    def add(self, a):\n        self.known[a] = 1\nclass C:\n    seen = A()\n",
        "seen = SimpleNamespace()\ndef f(a):\n    seen.a = a\n",
        "seen = local()\ndef f(a):\n    setattr(seen, 'a', a)\n",
        "def seen(a):\n    seen.last = a\n",
        "import seen\ndef f(a):\n    seen.known = a\n",
        "from generator import seen\ndef f(a):\n    seen.known[a] = 1\n",
        "def f(a):\n    from generator import seen\n    seen.known.append(a)\n",
        "import a.b as seen\ndef f():\n    del seen.known\n",
    ],
)
def test_what_a_module_remembers_is_seen(planted: str) -> None:
    assert remembered(planted) == ["seen"]


@pytest.mark.parametrize(
    "text",
    [
        "KINDS = {}\nKINDS['a'] = 1\ndef f(a):\n    return KINDS[a], len(KINDS), KINDS.get(a)\n",
        "WORDS = re.compile('a')\ndef f(a):\n    return WORDS.match(a)\n",
        "def f(a):\n    seen = {}\n    seen[a] = 1\n",
        "class A:\n    @functools.cached_property\n    def b(self): pass\n",
        "class A:\n    seen = {}\n    def __init__(self):\n        self.seen = {}\n    def f(self, a):\n        self.seen[a] = 1\n",
        "class A:\n    KINDS = {}\n    def f(self, a):\n        return self.KINDS[a]\n",
        "class A:\n    def __init__(self):\n        self.known = {}\nONE = A()\n",
        "class A:\n    def add(self, a):\n        self.known = a\ndef f():\n    return A()\n",
        "import seen\ndef f(seen, a):\n    seen.known = a\n",
        "import seen\ndef f(a):\n    return seen.known[a]\n",
    ],
)
def test_what_a_module_made_when_it_was_imported_is_nothing_remembered(text: str) -> None:
    assert remembered(text) == []


def test_python_is_started_without_the_modules_of_the_current_folder() -> None:
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] in {"checks", "generator", "patchset", "respin"}:
            assert "[sys.executable," not in path.read_text(), f"{path}: generator.process.PYTHON does so"


CODE = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in MODULES
    if path.relative_to(ROOT).parts[0] in {"checks", "generator", "patchset", "respin"}
}


def test_it_is_done_in_its_places_alone() -> None:
    does = {name: places.done(text) for name, text in CODE.items()}
    found = {what: {name for name, kinds in does.items() if what in kinds} for what in places.PLACES}
    assert found == places.PLACES


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ('process.run(["git", "status"], seconds=1.0)', places.GIT),
        ('GIT = "git"\nprocess.run((GIT, "status"), seconds=1.0)', places.GIT),
        ("import subprocess\nsubprocess.run(['ls'])", places.PROCESS),
        ("from subprocess import Popen as start\nstart(['ls'])", places.PROCESS),
        ("import os\nos.execvp('ls', ['ls'])", places.PROCESS),
        ("from fcntl import flock\nflock(3, 2)", places.FLOCK),
        ("import filelock\nfilelock.FileLock('a')", places.FILELOCK),
        ("from generator import process\nprocess.Stop()", places.STOP),
        ("from generator.process import Stop\nStop()", places.STOP),
        ("import threading\nstopped = threading.Event()", places.FLAG),
        ("import signal\nsignal.signal(2, print)", places.SIGNAL),
        ("from importlib import metadata\nmetadata.version('respin')", places.NUMBER),
        ("import importlib.metadata\nimportlib.metadata.version('respin')", places.NUMBER),
        (f"TOOL = {VERSION!r}", places.NUMBER),
        ('run(["qemu-system-aarch64", "-M", "virt"])', places.ARCH),
        ('wanted = kept / "bzImage"', places.ARCH),
        ('WORDS = (f"console=ttyAMA0", "panic=-1")', places.ARCH),
        ('device = "/dev/hvc0"', places.ARCH),
        ('run([GUEST.qemu.name, "-m", "16"])', places.QEMU),
        ('run(["sh", "-c", "ls", arch.GUEST.qemu.name])', places.QEMU),
        ('head = b"070701" + fields', places.CPIO),
        ('run(["cpio", "-o"])', places.CPIO),
    ],
)
def test_what_is_done_in_another_place_is_seen(planted: str, what: str) -> None:
    assert places.done(planted) == {what}


@pytest.mark.parametrize(
    "text",
    [
        'TOOLS = (Tool("git", "git"),)',
        "from importlib import metadata\nmetadata.version('drgn')",
        "run(['ls'])",
        '"""It boots a bzImage in qemu-system-x86_64."""',
        "f'{GUEST.qemu.name} is not there'",
    ],
)
def test_what_is_like_it_is_something_else(text: str) -> None:
    assert places.done(text) == set()


def test_a_class_has_a_name_of_its_own() -> None:
    assert {*classnames.twice({str(path): (ROOT / path).read_text() for path in ENGINE})} == classnames.TWICE


def test_a_name_that_two_classes_have_is_seen() -> None:
    one, two = "class Seen:\n    pass\n", "class _Seen:\n    class Seen:\n        pass\n"
    assert classnames.twice({"b.py": one, "a.py": two, "c.py": "class _Seen: pass"}) == {"Seen": ["a.py", "b.py"]}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BARE = """
import importlib, pkgutil, sys
sys.modules.update(dict.fromkeys(["clang", "cryptography", "dask", "distributed", "drgn", "qemu", "qemu.qmp"]))
workers = {"checks.kernel.clangworker", "checks.crash.drgnowner", "checks.crash.drgnworker"}
for package in map(importlib.import_module, ("patchset", "generator", "checks", "respin")):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if module.name not in workers:
            importlib.import_module(module.name)
            print(module.name)
"""


def names(requirements: list[str]) -> list[str]:
    return sorted(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in requirements)


@pytest.mark.slow
def test_respin_is_imported_without_the_libraries_of_its_extras() -> None:
    done = subprocess.run([sys.executable, "-c", BARE], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"checks.vm.guest", "checks.proofs.semantic", "respin.commands.crash"} <= set(done.stdout.split())


def test_the_version_stands_in_the_code_alone() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "respin.version.VERSION"}
    assert metadata.version("respin") == VERSION


def test_an_extra_brings_what_the_check_of_its_name_needs() -> None:
    extras = {extra: names(libraries) for extra, libraries in PROJECT["optional-dependencies"].items()}
    needed: dict[str, list[str]] = {}
    for check in CHECKS.values():
        for tool in check.tools:
            if tool.extra:
                assert tool.extra == check.id
                needed.setdefault(tool.extra, []).append(tool.name)
    assert {extra: sorted(libraries) for extra, libraries in needed.items()} == {
        extra: libraries for extra, libraries in extras.items() if extra not in {"all", "dask", "dev"}
    }
    assert PROJECT["optional-dependencies"]["all"] == [f"respin[{','.join(sorted(needed))}]"]
    assert "respin[all]" in PROJECT["optional-dependencies"]["dev"]
    assert not set(names(PROJECT["dependencies"])) & {one for libraries in needed.values() for one in libraries}


def test_no_path_of_a_developers_machine() -> None:
    needles = [f"/{name}/".encode() for name in ("work", "root", "home")]
    for path in TRACKED:
        text = path.read_bytes()
        assert [one for one in needles if one in text and path != Path(__file__)] == [], path
