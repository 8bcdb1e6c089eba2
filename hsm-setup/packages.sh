#!/usr/bin/env bash
# Installs the Debian packages that are missing.
#
#   packages.sh run      to run the quickstart with a cihsm that is installed
#   packages.sh build    the above, and to build
#   packages.sh package  the above, and to make Debian packages (packaging/build.sh)
#   packages.sh test     the above, and to run the tests
#   packages.sh fuzz     to build, and to let libFuzzer look for new inputs (tests/fuzz/run.sh)
#   packages.sh coverage the tests, and to count the lines that they run (tests/coverage.sh)
#   packages.sh analysis to build, and to look for mistakes without running it (tests/analysis.sh)
#
# Needs root or sudo only if something is missing.
set -euo pipefail

# compiler and build system, then one line a library of README "Dependencies"
build=(gcc libc6-dev cmake ninja-build pkg-config
    libssl-dev
    libcurl4-openssl-dev
    libcjson-dev
    libp11-kit-dev
    libinih-dev
    libexpat1-dev
    libp11-dev
    libarchive-dev
    scdoc)
run=(openssl softhsm2 nginx-light python3 ca-certificates)
package=(dpkg-dev file)
tests=(libcmocka-dev opensc gnutls-bin p11-kit p11-kit-modules libnss3 libnss3-tools curl valgrind jq libengine-pkcs11-openssl shellcheck clang-format g++ tmux
    man-db mandoc zsh fish lintian git)

fuzz=(libcmocka-dev clang libclang-rt-dev)
analysis=(libcmocka-dev valgrind cppcheck clang-tidy jq)

case "${1:-}" in
run) wanted=("${run[@]}") ;;
build) wanted=("${build[@]}" "${run[@]}") ;;
package) wanted=("${build[@]}" "${run[@]}" "${package[@]}") ;;
test) wanted=("${build[@]}" "${run[@]}" "${package[@]}" "${tests[@]}") ;;
fuzz) wanted=("${build[@]}" "${run[@]}" "${fuzz[@]}") ;;
coverage) wanted=("${build[@]}" "${run[@]}" "${package[@]}" "${tests[@]}" gcovr) ;;
analysis) wanted=("${build[@]}" "${run[@]}" "${analysis[@]}") ;;
*)
    echo "usage: packages.sh run|build|package|test|fuzz|coverage|analysis" >&2
    exit 2
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: run as root: apt-get install ${missing[*]}" >&2
        exit 3
    fi
    as_root=(sudo)
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
# nginx must not start a system service: the sandbox runs its own
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
