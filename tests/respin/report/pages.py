# SPDX-License-Identifier: GPL-2.0-only
"""A report with everything that the page can show, and harmful text wherever text goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from checks.contract import Finding, Result, Scope, Severity, Status
from patchset.rules import Rule
from respin.outcome import Extras
from respin.report import since
from tests.checks import made
from tests.checks.reports import RESULTS, told

if TYPE_CHECKING:
    from respin.report.model import Report

EVIL = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">\"'&amp;\u202e"
DIFF = f"""\
diff --git a/kernel/a.c b/kernel/a.c
--- a/kernel/a.c
+++ b/kernel/a.c
@@ -10,4 +10,5 @@ int f(void)
 int one;
-int two;
+int two; /* {EVIL} */
+int {"very_" * 60}long;
 int three;
 int four;
diff --git a/kernel/b.c b/kernel/b.c
new file mode 100644
--- /dev/null
+++ b/kernel/b.c
@@ -0,0 +1,2 @@
+int five;
+int six;
"""
CRASH: dict[str, Any] = {
    "accelerator": "tcg",
    "scenarios": [{"name": "dump", "status": "PASS", "summary": f"a dump {EVIL}", "seconds": 45.2}],
    "stages": [{"name": "boot", "seconds": 2.0}, {"name": f"unlock {EVIL}", "seconds": 6.0}],
    "exposure": [
        {"stage": "saved", "outside": 1, "inside": 0, "schedules": 2, "halves": 0, "places": {f"a copy {EVIL}": 1}},
        {"stage": "loaded", "outside": 0, "inside": 1, "schedules": 2, "halves": 0, "places": {}},
    ],
    "smallest": {"key": 64, "passphrase": None},
    "memory": [
        {"way": "key", "mib": 64, "wrote": True, "why": ""},
        {"way": "key", "mib": 48, "wrote": False, "why": f"no room {EVIL}"},
        {"way": "passphrase", "mib": 256, "wrote": False, "why": "Not enough available memory"},
    ],
    "placement": {"free_pages": 13000, "loads": 6, "distinct": 6, "histogram": [1, 2, 3], "p": 0.42},
}
BUILT = [
    {
        "name": "full",
        "title": f"all {EVIL}",
        "arch": "x86_64",
        "status": "FAIL",
        "objects": 18,
        "linked": True,
        "new": 2,
    }
]
GONE = Finding(Severity.ERROR, f"is no more {EVIL}", "kernel/a.c", 3, "R01")
RULES = (
    Rule("R01", f"be good {EVIL}", (1,), ("kernel/a.c",), ("suite.one", "suite.two"), ()),
    Rule("R02", "be clean", (1, 2), (), (), ("build",)),
    Rule("R03", "be quiet", (2,), (), ("suite.one",), ("crash", "other")),
    Rule("R04", "be there", (2,), (), (), ("none",)),
)

CHECKS = (
    made.FakeCheck("build", rules=("R02",)),
    made.FakeCheck("crash", rules=("R03",)),
    made.FakeCheck("other", rules=("R03",)),
    made.FakeCheck("never", title=f"not run {EVIL}"),
)


def whole() -> Report:
    """Return it; LONG_LINE is found in line 12 of kernel/a.c, which patch 1 adds."""
    findings = (
        Finding(Severity.WARNING, f"line too long {EVIL}", "kernel/a.c", 12, "LONG_LINE"),
        Finding(Severity.ERROR, f"not in the diff {EVIL}", f"kernel/{EVIL}.c", 7, "R02"),
    )
    cases = [{"case": "suite.one", "status": "PASS"}, {"case": "suite.two", "status": "PASS"}]
    results = (
        Result("checkpatch", Scope.PATCH, Status.FAIL, f"2 findings {EVIL}", 1, 1, findings, f"run {EVIL}"),
        *RESULTS[1:],
        Result("odd", Scope.PATCH, Status.PASS, "", 1, 2, data={"configurations": BUILT}),
        Result("suites", Scope.RUNTIME, Status.PASS, "2 cases", data={"cases": cases}),
        Result("crash", Scope.RUNTIME, Status.PASS, "a dump", 175.0, data=CRASH),
    )
    extras = Extras(CHECKS, RULES, {1: DIFF, 2: "?"}, {1: f"fake: patch 1\n\nWhy. {EVIL}"})
    made = told(*results, extras=extras)
    before = told(
        replace(results[0], findings=(findings[0], GONE)), replace(results[-1], status=Status.FAIL), *RESULTS[1:2]
    )
    changed = since.since([before], made)
    assert changed
    made["since"] = changed
    return made
