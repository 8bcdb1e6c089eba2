#!/usr/bin/env bash
# Proves that the Debian packages work on a clean Debian: builds them in a root made by debootstrap,
# takes away what only building needed, and does there what docs/guides/install.md says.
#
#   debian.sh DIR [SUITE]   DIR gets the root (about 2 GB); SUITE is bookworm or trixie
#
# With the installed program it then goes README's way from a key to a call. Needs root and
# debootstrap; not part of CI. tests/fresh-debian.sh runs all tests in such a root.
set -euo pipefail
# shellcheck source=tests/support/root.sh
. "$(dirname "$0")/../support/root.sh"

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: debian.sh DIR [SUITE]" >&2
    exit 2
fi
make_root "$1" "${2:-bookworm}"
work=/srv/install

# The shell blocks of a section of the guide
blocks() {
    awk -v wanted="## $1" '/^## / { here = ($0 == wanted) }
        /^```/ { shell = here && $0 == "```sh"; next } shell' "$source/docs/guides/install.md"
}
step() { printf '\n== %s\n' "$1"; }

inside "apt-get update -q >/dev/null; rm -rf $work; mkdir $work"
step "packages"
inside "cd /srv/cihsm; $(blocks 'Debian packages')"
inside "mv /srv/cihsm/build/package/*.deb $work"

step "lintian"
inside "apt-get install -y -q --no-install-recommends lintian >/dev/null
    lintian --allow-root --fail-on error $work/*.deb"

step "without what only building needed"
inside "apt-get purge -y -q cihsm libcihsm0 libcihsm-dev '*-dev' cmake ninja-build lintian >/dev/null
    apt-get autoremove -y -q --purge >/dev/null
    apt-get install -y -q $work/*.deb >/dev/null
    ldconfig -p | grep libcihsm.so.0
    cihsm --version"

step "a first call"
inside "cd $work; $(blocks 'A first call')"

step "README's steps with the installed program"
inside "cd /srv/cihsm; rm -rf build
    CIHSM_BINARY=/usr/bin/cihsm CIHSM_BUILD_DIR=$work/build python3 \
        tests/integration/test_guides.py ReadmeTest"

step "programs with the library"
inside "apt-get install -y -q --no-install-recommends gcc g++ libc6-dev pkg-config cmake make >/dev/null
    cd $work; $(blocks 'Programs with the library')
    cmake -S /srv/cihsm/tests/install/consumer -B consumer >/dev/null
    cmake --build consumer >/dev/null
    ./consumer/consumer_c; ./consumer/consumer_cxx"

step "nothing is left"
inside "apt-get purge -y -q cihsm libcihsm0 libcihsm-dev >/dev/null
    ! find /usr /etc /var/lib -name '*cihsm*' -not -path '/var/lib/dpkg/*' | grep ."
echo "the packages work on Debian $(cat "$root/etc/debian_version")"
