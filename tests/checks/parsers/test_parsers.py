# SPDX-License-Identifier: GPL-2.0-only
"""What tools write, as facts: samples of the real ones, and any text at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsers import checkpatch, compiler, kunit
from checks.parsers.compiler import Diagnostic, DiagnosticKind

CHECKPATCH = """\
kernel/kexec_file.c:612: ERROR:CODE_INDENT: code indent should use tabs where possible
kernel/kexec_file.c:613: WARNING:LONG_LINE: line length of 112 exceeds 100 columns
kernel/kexec_file.c:620: CHECK:PARENTHESIS_ALIGNMENT: Alignment should match open parenthesis
:8: WARNING:COMMIT_LOG_LONG_LINE: Prefer a maximum 75 chars per line (possible unwrapped commit description?)
total: 1 errors, 2 warnings, 1 checks, 74 lines checked
"""


def test_checkpatch() -> None:
    found = checkpatch.parse(CHECKPATCH)
    assert [(one.level, one.type, one.file, one.line) for one in found] == [
        ("ERROR", "CODE_INDENT", "kernel/kexec_file.c", 612),
        ("WARNING", "LONG_LINE", "kernel/kexec_file.c", 613),
        ("CHECK", "PARENTHESIS_ALIGNMENT", "kernel/kexec_file.c", 620),
        ("WARNING", "COMMIT_LOG_LONG_LINE", "", 8),
    ]
    assert found[0].text == "code indent should use tabs where possible"
    assert checkpatch.total(CHECKPATCH) == checkpatch.Total(4, 74)
    assert checkpatch.total("Can't locate strict.pm\n") == checkpatch.Total(0, 0)
    assert checkpatch.total("total: 0 errors, 1 warnings, 9 lines checked\n") == checkpatch.Total(1, 9)


BUILT = {
    "/k/kernel/crash.c:10:5: warning: unused variable \u2018x\u2019 [-Wunused-variable]": Diagnostic(
        DiagnosticKind.WARNING, "kernel/crash.c", "unused variable 'x' [-Wunused-variable]", 10
    ),
    "../kernel/crash.c:7:1: error: expected \u2018;\u2019 before \u2018}\u2019 token": Diagnostic(
        DiagnosticKind.ERROR, "kernel/crash.c", "expected ';' before '}' token", 7
    ),
    "/k/kernel/crash.c:1:10: fatal error: linux/no.h: No such file or directory": Diagnostic(
        DiagnosticKind.ERROR, "kernel/crash.c", "linux/no.h: No such file or directory", 1
    ),
    "ld: kernel/crash.o: in function `f': undefined reference to `g'": Diagnostic(
        DiagnosticKind.ERROR, "kernel/crash.o", "undefined reference to 'g'"
    ),
    "ld: crash.c:(.text+0x1f): undefined reference to `g'": Diagnostic(
        DiagnosticKind.ERROR, "crash.c", "undefined reference to 'g'"
    ),
    "ld: b.c:(.text+0x0): multiple definition of `f'; kernel/a.o:a.c:(.text+0x0): first defined here": Diagnostic(
        DiagnosticKind.ERROR, "b.c", "multiple definition of 'f'; kernel/a.o:a.c:: first defined here"
    ),
    "../k/kernel/crash.S:3: Error: no such instruction: `oops'": Diagnostic(
        DiagnosticKind.ERROR, "kernel/crash.S", "no such instruction: 'oops'", 3
    ),
    'ERROR: modpost: "g" [drivers/md/dm-crypt.ko] undefined!': Diagnostic(
        DiagnosticKind.ERROR, "", 'modpost: "g" [drivers/md/dm-crypt.ko] undefined!'
    ),
    "vmlinux.o: warning: objtool: f+0x1c: call to g() leaves .noinstr.text section": Diagnostic(
        DiagnosticKind.WARNING, "vmlinux.o", "objtool: f: call to g() leaves .noinstr.text section"
    ),
    "make[2]: *** No rule to make target 'kernel/no.o'.  Stop.": Diagnostic(
        DiagnosticKind.ERROR, "", "No rule to make target 'kernel/no.o'"
    ),
}


@pytest.mark.parametrize(("line", "wanted"), BUILT.items())
def test_compiler(line: str, wanted: Diagnostic) -> None:
    assert compiler.parse(f"  CC      kernel/crash.o\n{line}\n{line}\n", root="/k") == (wanted,)


def test_compiler_reads_no_complaint_out_of_a_clean_build() -> None:
    text = "  CALL    scripts/checksyscalls.sh\n  CC      kernel/error.o\n  LD      vmlinux\nmake: Nothing to be done\n"
    assert compiler.parse(text) == ()
    assert not compiler.not_ours(text)


@pytest.mark.parametrize(
    "line",
    [
        "gcc: internal compiler error: Segmentation fault signal terminated program cc1",
        "gcc: fatal error: Killed signal terminated program cc1",
        "fatal error: error writing to /tmp/cc.s: No space left on device",
        "/bin/sh: 1: flex: not found",
        "bash: bc: command not found",
    ],
)
def test_compiler_knows_what_the_machine_did(line: str) -> None:
    assert compiler.not_ours(f"  CC a.o\n{line}\n") == line


def test_kconfig() -> None:
    text = (
        "#\n# merged configuration written to .config\n"
        "WARNING: unmet direct dependencies detected for CRC32\n  Depends on [n]: NET [=n]\n"
        "/k/kernel/Kconfig:12:warning: ignoring unsupported character\n/k/kernel/Kconfig:12:warning: ignoring unsupported"
        " character\n"
    )
    unmet = Diagnostic(DiagnosticKind.WARNING, "", "unmet direct dependencies detected for CRC32")
    odd = Diagnostic(DiagnosticKind.WARNING, "kernel/Kconfig", "warning: ignoring unsupported character", 12)
    assert compiler.parse_kconfig(text, failed=False, root="/k") == (unmet, odd)
    assert [one.kind for one in compiler.parse_kconfig(text, failed=True, root="/k")] == [
        DiagnosticKind.WARNING,
        DiagnosticKind.ERROR,
    ]
    assert compiler.parse_kconfig("#\n# No change to .config\n#\n", failed=False) == ()


def test_new_diagnostics_are_compared_without_line_numbers() -> None:
    old = Diagnostic(DiagnosticKind.WARNING, "a.c", "unused", 1)
    moved, other = (
        Diagnostic(DiagnosticKind.WARNING, "a.c", "unused", 9),
        Diagnostic(DiagnosticKind.WARNING, "a.c", "shadowed", 1),
    )
    broken = Diagnostic(DiagnosticKind.ERROR, "a.c", "no such thing", 3)
    assert compiler.new((moved, other, broken), (old,), (broken,)) == (other, broken)


CONSOLE = """\
[    0.000000] Linux version 6.1.0
[    1.000000] KTAP version 1
[    1.000001] 1..2
[    1.000002]     KTAP version 1
[    1.000003]     # Subtest: kexec
[    1.000004]     1..2
[    1.000005]     ok 1 lowest
[    1.000006]     # uniform: EXPECTATION FAILED at kernel/kexec_test.c:40
[    1.000007]     Expected a == b, but
[    1.000008]     not ok 2 uniform
[    1.000009] # kexec: pass:1 fail:1 skip:0 total:2
[    1.000010] not ok 1 kexec
[    1.000011]     KTAP version 1
[    1.000012]     # Subtest: keys
[    1.000013]     1..1
[    1.000014] WARNING: CPU: 0 PID: 30 at kernel/crash.c:12 f+0x1/0x2
[    1.000015]     ok 1 wiped # SKIP no keys
[    1.000016] ok 2 keys
[    1.000017] reboot: System halted
"""


def test_kunit_console() -> None:
    console = kunit.console(CONSOLE.replace("\n", "\r\n"))
    assert (console.planned, console.reached) == (2, 2)
    assert console.logs == {
        "uniform": ("# uniform: EXPECTATION FAILED at kernel/kexec_test.c:40", "Expected a == b, but")
    }
    assert console.tail[-1] == "reboot: System halted"


def test_kunit_cases() -> None:
    text = json.dumps(
        {
            "name": "KUnit Test Group",
            "test_cases": [],
            "sub_groups": [
                {
                    "name": "kexec",
                    "test_cases": [{"name": "lowest", "status": "PASS"}, {"name": "u", "status": "FAIL"}],
                },
                {
                    "name": "keys",
                    "sub_groups": [{"name": "each", "test_cases": [{"name": "first", "status": "SKIP"}]}],
                },
            ],
        }
    )
    assert [(str(one), one.status) for one in kunit.cases(text)] == [
        ("kexec.lowest", "PASS"), ("kexec.u", "FAIL"), ("keys.each.first", "SKIP"),
    ]  # fmt: skip


WORDS = st.lists(
    st.sampled_from(["a.c", ":", "1", "٣", " ", "error: ", "warning: ", "ERROR", ":X", "total: ", "lines checked",
                     "undefined reference to x", "ok ", "not ", "1..", "- ", "#", "[ 1.0] ", "\n", "\x85", "\0", "../"]),
    max_size=30,
).map("".join)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["test_cases", "sub_groups", "name", "status"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.text() | WORDS)
def test_parsers_never_raise(text: str) -> None:
    checkpatch.parse(text)
    checkpatch.total(text)
    compiler.parse(text, root="/k")
    compiler.not_ours(text)
    kunit.cases(text)
    kunit.console(text)


@given(JSON)
def test_kunit_cases_never_raises_on_any_json(data: object) -> None:
    assert isinstance(kunit.cases(json.dumps(data)), tuple)


def test_kunit_cases_survives_depth() -> None:
    assert kunit.cases("[" * 100_000) == ()
    assert kunit.cases('{"sub_groups":[' * 100 + "]}" * 100) == ()
