#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# spatch 1.1.1 (Debian 12's coccinelle 1.1.1.deb-2+b1) and the kernel's cleanup macros: a search that finds nothing has not
# looked. It says nothing of either:
# - a function with scoped_guard() is skipped: of two calls of kfree() in it none is found;
# - behind `char *p __free(kfree) = ...` in a function with parameters no call of kfree() is found any more, in the functions
#   that follow too. With `(void)` in place of the parameters they are found.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root coccinelle=1.1.1.deb-2+b1
dpkg -x coccinelle_*.deb tree
export COCCINELLE_HOME=$room/tree/usr/lib/coccinelle
spatch=$(find tree/usr -type f -name 'spatch*' -perm -u+x | head -n 1)
"$spatch" --version | head -n 1 | grep -F 'version 1.1.1'

cat >calls.cocci <<'END'
@call@
expression e;
@@
* kfree(e);
END
calls() { "$spatch" --very-quiet --sp-file calls.cocci "$1" | grep -c '^-.*kfree(' || true; }

printf 'int f(int a)\n{\n\tkfree(a);\n\treturn 0;\n}\n' >plain.c
printf 'int f(int a)\n{\n\tkfree(a);\n\tscoped_guard(mutex, &m) {\n\t\tkfree(a);\n\t}\n\treturn 0;\n}\n' >guarded.c
freeing() { printf 'int g(%s)\n{\n\tchar *p __free(kfree) = kmalloc(1, 2);\n\treturn 1;\n}\n\n' "$1"; cat plain.c; }
freeing 'int a' >parameters.c
freeing void >void.c
for name in plain guarded parameters void; do echo "$name: $(calls $name.c) found"; done
[ "$(calls plain.c) $(calls guarded.c) $(calls parameters.c) $(calls void.c)" = '1 0 0 1' ]
