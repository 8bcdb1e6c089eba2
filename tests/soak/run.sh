#!/usr/bin/env bash
# The soak in full: a program on the library makes requests in four threads while its token and its
# network fail every few seconds. Prints a table and one JSON document; ends with 1 if anything is
# wrong.
#
#   run.sh [MINUTES [SEED]]    30 if not given; the seed decides the order of the faults
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
"$root/hsm-setup/packages.sh" test
cmake -S "$root" --preset dev >/dev/null
cmake --build "$root/build/dev" --target cihsm-cli soak cihsm_shim >/dev/null
export CIHSM_BUILD_DIR=$root/build/dev CIHSM_SHIM=$root/build/dev/lib/libcihsm_shim.so
export CIHSM_SOAK_PROGRAM=$root/build/dev/bin/soak
exec python3 "$root/tests/soak/soak.py" --minutes "${1:-30}" --seed "${2:-1}"
