#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# junitparser 5.0.3: update_statistics() writes the attribute `skipped` on <testsuites>, which junit-10.xsd, Jenkins' schema
# as pytest 9.2.0's source package ships it, does not allow there (on <testsuite> it does). Seen: a report of one
# case is valid before update_statistics(), and not after it.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check junitparser==5.0.3 xmlschema==4.3.2
venv/bin/pip download -q --disable-pip-version-check --no-deps --no-binary :all: pytest==9.2.0
tar -xzf pytest-*.tar.gz --strip-components=1 --wildcards '*/junit-10.xsd'
schema=$(find . -name junit-10.xsd | head -n 1)
venv/bin/python - "$schema" <<'PYTHON'
import sys

import junitparser
import xmlschema

schema = xmlschema.XMLSchema(sys.argv[1])
report, suite = junitparser.JUnitXml(), junitparser.TestSuite("suite")
suite.add_testcase(junitparser.TestCase("case", "class", 0.1))
report.add_testsuite(suite)
report.write("report.xml")
before = schema.is_valid("report.xml")
report.update_statistics()
report.write("report.xml")
wrong = [str(error.reason) for error in schema.iter_errors("report.xml")]
print(f"valid before: {before}; after: {wrong}")
assert before
assert len(wrong) == 1
assert "skipped" in wrong[0]
PYTHON
