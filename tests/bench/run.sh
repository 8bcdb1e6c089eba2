#!/usr/bin/env bash
# Measures cihsm against curl with libp11's engine and jq; docs/performance.md says what and why.
#
#   tests/bench/run.sh                     200,000 entries, 3 rounds
#   tests/bench/run.sh --tenfold           and memory for 2,000,000 (needs 8 GB of disk)
#   tests/bench/run.sh --entries N --rounds N
#
# Builds the release preset; installs the packages that are missing (root or sudo).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
./hsm-setup/packages.sh test
cmake --preset release >/dev/null
cmake --build --preset release
uname -sr
grep -m 1 'model name' /proc/cpuinfo || true
echo "cores: $(nproc)"
export CIHSM_BUILD_DIR=$root/build/release
CIHSM_SHIM=$(find "$CIHSM_BUILD_DIR/lib" "$CIHSM_BUILD_DIR/tests/shim" -name 'libcihsm_shim.so' 2>/dev/null | head -n 1)
export CIHSM_SHIM
exec python3 tests/bench/bench.py "$@"
