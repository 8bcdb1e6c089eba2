#!/usr/bin/env bash
# Builds the Debian packages: libcihsm0, libcihsm-dev and cihsm.
#
#   build.sh       the same bytes again for the same sources and compiler
#
# They lie in build/package; their names are printed. Installs the packages that are missing to build
# (root or sudo).
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022 # whoever builds: modes are part of a package, and so are times
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -u +%s \
    -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n 1)")}
export SOURCE_DATE_EPOCH

./hsm-setup/packages.sh package
cmake --preset package >/dev/null
cmake --build --preset package
rm -f build/package/*.deb
cpack --preset package
ls build/package/*.deb
