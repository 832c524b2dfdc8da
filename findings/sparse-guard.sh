#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# sparse 0.6.4 (Debian 12's 0.6.4-3) does not follow the cleanup attribute, on which the kernel's guard() stands: a function
# that takes a lock by hand and lets go of it in a cleanup is "context imbalance ... wrong count at exit", though it is
# balanced. The same function that lets go by hand is not.
set -eu
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
apt-get download -qq -o APT::Sandbox::User=root sparse=0.6.4-3
dpkg -x sparse_*.deb tree
tree/usr/bin/sparse --version | grep -F '0.6.4 (Debian: 0.6.4-3)'
cat >locks.c <<'END'
struct mutex { int count; };
extern void lock(struct mutex *m) __attribute__((context(m, 0, 1)));
extern void unlock(struct mutex *m) __attribute__((context(m, 1, 0)));
extern int work(void);
static inline void leave(struct mutex **m) { unlock(*m); }
static int guarded(struct mutex *m)
{
	struct mutex *held __attribute__((cleanup(leave))) = m;

	lock(m);
	return work();
}
static int by_hand(struct mutex *m)
{
	int ret;

	lock(m);
	ret = work();
	unlock(m);
	return ret;
}
int both(struct mutex *m);
int both(struct mutex *m) { return guarded(m) + by_hand(m); }
END
tree/usr/bin/sparse -Wcontext locks.c >said 2>&1 || true
cat said
grep -q "context imbalance in 'guarded' - wrong count at exit" said
[ "$(grep -c "'by_hand'" said)" = 0 ]
