#!/usr/bin/env bash
# Proves that README's two commands work on a fresh Debian: makes a minimal root with debootstrap,
# copies the committed tree into it and runs both there.
#
#   fresh-debian.sh DIR [PRESET...]   DIR gets the root (about 2 GB); presets go to tests/run.sh
#
# SUITE=trixie takes Debian 13 instead of 12. Needs root and debootstrap; not part of CI.
set -euo pipefail
# shellcheck source=tests/support/root.sh
. "$(dirname "$0")/support/root.sh"

if [ $# -lt 1 ]; then
    echo "usage: fresh-debian.sh DIR [PRESET...]" >&2
    exit 2
fi
make_root "$1" "${SUITE:-bookworm}"
shift

inside 'apt-get update -q >/dev/null'
inside 'cd /srv/cihsm && ./hsm-setup/quickstart.sh'
inside 'cd /srv/cihsm && ./hsm-setup/quickstart.sh stop'
inside "cd /srv/cihsm && ./tests/run.sh ${*:-dev}"
echo "README's two commands work on a fresh $(cat "$root/etc/debian_version")"
