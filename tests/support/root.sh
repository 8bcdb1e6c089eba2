# shellcheck shell=bash
# A clean Debian to try things in; needs root and debootstrap. Sourced, with `set -e`.
#
#   make_root DIR [SUITE]   a minimal Debian (bookworm) in DIR, with the committed tree in /srv/cihsm
#   inside COMMANDS         runs them there; nothing of the caller's environment goes along
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
root=
mounted=()

unmount_root() {
    local at
    for ((at = ${#mounted[@]} - 1; at >= 0; at--)); do
        umount "${mounted[at]}" || true
    done
}

make_root() {
    root=$1
    [ -e "$root/etc/debian_version" ] ||
        debootstrap --variant=minbase --include=ca-certificates "${2:-bookworm}" "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    cp /etc/hosts "$root/etc/hosts"
    trap unmount_root EXIT
    local place
    for place in proc dev dev/pts; do
        mount --bind "/$place" "$root/$place"
        mounted+=("$root/$place")
    done
    rm -rf "$root/srv/cihsm"
    mkdir -p "$root/srv/cihsm"
    git -C "$source" archive HEAD | tar -x -C "$root/srv/cihsm"
}

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 chroot "$root" bash -euc "$1"
}
