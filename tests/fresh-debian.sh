#!/usr/bin/env bash
# Proves that README's two commands work on a fresh Debian 12: makes a minimal root with
# debootstrap, copies the committed tree into it and runs both there.
#
#   fresh-debian.sh DIR [PRESET...]   DIR gets the root (about 2 GB); presets go to tests/run.sh
#
# Needs root and debootstrap; not part of CI.
set -euo pipefail

if [ $# -lt 1 ]; then
    echo "usage: fresh-debian.sh DIR [PRESET...]" >&2
    exit 2
fi
source=$(cd "$(dirname "$0")/.." && pwd)
root=$1
shift

[ -e "$root/etc/debian_version" ] ||
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"

mounted=()
cleanup() {
    local at
    for ((at = ${#mounted[@]} - 1; at >= 0; at--)); do
        umount "${mounted[at]}" || true
    done
}
trap cleanup EXIT
for place in proc dev dev/pts; do
    mount --bind "/$place" "$root/$place"
    mounted+=("$root/$place")
done

rm -rf "$root/srv/cihsm"
mkdir -p "$root/srv/cihsm"
git -C "$source" archive HEAD | tar -x -C "$root/srv/cihsm"

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C chroot "$root" bash -c "$1"
}
inside 'apt-get update -q >/dev/null'
inside 'cd /srv/cihsm && ./hsm-setup/quickstart.sh'
inside 'cd /srv/cihsm && ./hsm-setup/quickstart.sh stop'
inside "cd /srv/cihsm && ./tests/run.sh ${*:-dev}"
echo "README's two commands work on a fresh $(cat "$root/etc/debian_version")"
