#!/usr/bin/env bash
# Makes a SoftHSM token in a folder of its own. Nothing system-wide is read or changed.
#
#   softhsm.sh DIR LABEL
#
# DIR gets softhsm2.conf, tokens/ and, for a new token, pin and so-pin (random, mode 0600).
# Prints what to export. Run again with the same LABEL, it changes nothing.
set -euo pipefail

if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then
    echo "usage: softhsm.sh DIR LABEL" >&2
    exit 2
fi
label=$2
if [ ${#label} -gt 32 ]; then
    echo "softhsm.sh: a token label has at most 32 bytes" >&2
    exit 2
fi
if ! command -v softhsm2-util >/dev/null; then
    echo "softhsm.sh: softhsm2-util is missing: apt-get install softhsm2" >&2
    exit 3
fi

umask 077
mkdir -p "$1/tokens"
dir=$(cd "$1" && pwd)
conf=$dir/softhsm2.conf
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' \
    "$dir/tokens" >"$conf"
export SOFTHSM2_CONF=$conf

random_pin() {
    # 8 digits; od reads exactly 8 bytes, so nothing is left in a pipe
    od -An -N8 -tu1 /dev/urandom | awk '{for (i = 1; i <= NF; i++) printf "%d", $i % 10}'
}

if ! softhsm2-util --show-slots | sed -n 's/^ *Label: *//p' | sed 's/ *$//' |
    grep -Fxq -- "$label"; then
    [ -s "$dir/pin" ] || random_pin >"$dir/pin"
    [ -s "$dir/so-pin" ] || random_pin >"$dir/so-pin"
    # softhsm2-util takes PINs as arguments or at a terminal only: give it a terminal
    if ! python3 - "$label" "$dir/so-pin" "$dir/pin" <<'PY'; then
import os, pty, sys

label, so_pin_file, pin_file = sys.argv[1:4]
so_pin, pin = (open(name).read().strip() for name in (so_pin_file, pin_file))
child, terminal = pty.fork()
if child == 0:
    os.execvp("softhsm2-util", ["softhsm2-util", "--init-token", "--free", "--label", label])
answers = [so_pin, so_pin, pin, pin]
shown = b""
try:
    while True:
        chunk = os.read(terminal, 1024)
        if not chunk:
            break
        shown += chunk
        while answers and b": " in shown:
            shown = shown.split(b": ", 1)[1]
            os.write(terminal, answers.pop(0).encode() + b"\n")
except OSError:
    pass  # the terminal is gone: the program has ended
_, status = os.waitpid(child, 0)
code = os.waitstatus_to_exitcode(status)
if code != 0:
    sys.stderr.write(shown.decode(errors="replace"))
sys.exit(0 if code == 0 else 1)
PY
        echo "softhsm.sh: the token could not be initialised" >&2
        exit 1
    fi
fi

echo "export SOFTHSM2_CONF=$conf"
