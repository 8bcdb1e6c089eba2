#!/usr/bin/env bash
# Builds everything and runs all tests.
#
#   tests/run.sh                  what a fresh Debian 12 can run: dev build, all tests
#   tests/run.sh PRESET...        the same for other presets: dev, release, asan, tsan, valgrind
#
# Installs the packages that are missing (root or sudo). CIHSM_TEST_TRIES=2 gives a failed test a
# second try, with both in the output: for a gate on a busy machine.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
./hsm-setup/packages.sh test
python3 -m compileall -q tests # the sandbox, which is started hundreds of times

# What sanitizers report goes to files (CMakePresets.json), so that no second try hides it.
run_tests() {
    local preset=$1 reports=build/$1/reports status=0
    rm -rf "$reports"
    mkdir "$reports"
    # many tests wait for what does not answer, so there are more of them than processors
    ctest --preset "$preset" -j "$((4 * $(nproc)))" \
        --repeat "until-pass:${CIHSM_TEST_TRIES:-1}" || status=1
    if [ -n "$(ls "$reports")" ]; then
        cat "$reports"/*
        echo "== $preset: the sanitizer reported $(find "$reports" -type f | wc -l) times"
        status=1
    fi
    return "$status"
}

for preset in "${@:-dev}"; do
    echo "== $preset"
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset"
    run_tests "$preset"
done
