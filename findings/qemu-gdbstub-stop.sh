#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# QEMU 7.2.22 (Debian 12's 1:7.2+dfsg-7+deb12u18+b3): whoever connects to the GDB stub of a guest that runs is sent a packet
# that it has not asked for, `T02thread:01;`, as QEMU stops the guest for it. GDB's protocol has stop replies as answers to
# a command only. A client that sends one and reads one takes it for the answer to its first command, and every answer
# after that for the one before.
set -eu
room=$(mktemp -d)
qemu=
trap '[ -z "$qemu" ] || kill "$qemu"; rm -rf "$room"' EXIT
cd "$room"
version='1:7.2+dfsg-7+deb12u18+b3'
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
	qemu-system-x86 | grep -E '^lib' | grep -v -E '^(libc6|libpam|libdebconf)' | sort -u >libraries
mkdir debs tree
(
	cd debs
	xargs apt-get download -qq -o APT::Sandbox::User=root "qemu-system-x86=$version" "qemu-system-common=$version" qemu-system-data seabios <../libraries
)
for each in debs/*.deb; do dpkg -x "$each" tree; done
export LD_LIBRARY_PATH=$room/tree/usr/lib/x86_64-linux-gnu:$room/tree/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$room/tree/usr/lib/x86_64-linux-gnu/qemu
tree/usr/bin/qemu-system-x86_64 --version | grep -F "7.2.22 (Debian $version)"
tree/usr/bin/qemu-system-x86_64 -L tree/usr/share/qemu -L tree/usr/share/seabios -nodefaults -display none -accel tcg -m 64M \
	-monitor unix:monitor,server=on,wait=off </dev/null &
qemu=$!
python3 - <<'END' | tee said
import socket
import time


def connected(name):
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(20)
    for _ in range(100):
        try:
            line.connect(name)
        except OSError:
            time.sleep(0.2)
        else:
            return line
    raise SystemExit(f"{name}: nobody listens")


def asked(data):
    stub.sendall(b"$%s#%02x" % (data, sum(data) % 256))
    time.sleep(1)
    return stub.recv(100).decode()


monitor = connected("monitor")
time.sleep(1)
monitor.sendall(b"gdbserver unix:stub,server=on,wait=off\n")
stub = connected("stub")
print("connected:", stub.recv(100).decode())
print("Z0:", asked(b"Z0,1000,1"))
END
kill "$qemu"
qemu=
grep -q '^connected: \$T02thread:01;#04$' said
grep -q '^Z0: +\$OK#9a$' said
