#!/usr/bin/env bash
# Lets libFuzzer look for inputs that break a parser. Needs clang and libclang-rt-14-dev
# (hsm-setup/packages.sh fuzz). Not part of the tests: those replay the corpus.
#
#   run.sh TARGET [SECONDS]    60 seconds if not given; targets: fuzz_*.c of this folder
#
# New inputs go to the build folder. One that breaks something is kept there as crash-*: put it
# into corpus/TARGET/ with the correction.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${1:-}
seconds=${2:-60}
if [ ! -f "$here/fuzz_$target.c" ]; then
    echo "usage: run.sh TARGET [SECONDS], TARGET one of:" >&2
    find "$here" -name 'fuzz_*.c' -printf '%f\n' | sed 's/^fuzz_//; s/\.c$//' | sort >&2
    exit 2
fi
"$root/hsm-setup/packages.sh" fuzz

build=${CIHSM_FUZZ_BUILD:-$root/build/fuzz}
CC=clang cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG='-O1 -g' -DCIHSM_FUZZER=ON \
    -DCIHSM_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
ninja -C "$build" "fuzz_$target" >/dev/null

found=$build/corpus/$target
mkdir -p "$found"
cd "$build"
exec "bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
    -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/" \
    "$found" "$here/corpus/$target"
