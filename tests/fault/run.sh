#!/usr/bin/env bash
# The fault loops in full: in each scenario every allocation, call of the network and call of the
# token fails once. Takes three quarters of an hour on two processors: a process for each class of
# loops.py.
#
#   run.sh [TRIES]    of each kind of fault; all of them if not given
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
"$root/hsm-setup/packages.sh" test
cmake -S "$root" --preset dev >/dev/null
cmake --build "$root/build/dev" --target cihsm-cli cihsm_fault cihsm_shim >/dev/null
export CIHSM_BUILD_DIR=$root/build/dev CIHSM_SHIM=$root/build/dev/lib/libcihsm_shim.so
export CIHSM_FAULT_PROGRAM=$root/build/dev/bin/cihsm_fault CIHSM_FAULT_TRIES=${1:-0}

running=()
for scenarios in TokenLoopTest ReadLoopTest WriteLoopTest; do
    python3 "$root/tests/fault/loops.py" "$scenarios" &
    running+=($!)
done
failed=0
for one in "${running[@]}"; do
    wait "$one" || failed=1
done
exit "$failed"
