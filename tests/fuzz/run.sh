#!/usr/bin/env bash
# Lets libFuzzer look for inputs that break a parser. Needs clang and libclang-rt-dev
# (hsm-setup/packages.sh fuzz). Not part of the tests: those replay the corpus.
#
#   run.sh SECONDS [TARGET...]    targets: fuzz_*.c of this folder, all of them if none is named
#
# Runs one target after the other, that many seconds each, and prints what libFuzzer counted. The
# rest of what it says goes to TARGET.log in the build folder ($CIHSM_FUZZ_BUILD, build/fuzz), new
# inputs there to corpus/TARGET. An input that breaks something is kept there as TARGET-crash-*:
# put it into corpus/TARGET/ of this folder with the correction. Ends with 1 if there was one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

mapfile -t all < <(find "$here" -name 'fuzz_*.c' -printf '%f\n' | sed 's/^fuzz_//; s/\.c$//' | sort)
usage() {
    echo "usage: run.sh SECONDS [TARGET...], TARGET one of: ${all[*]}" >&2
    exit 2
}
seconds=${1:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || usage
shift
for target in "$@"; do
    [ -f "$here/fuzz_$target.c" ] || usage
done
targets=("${@:-${all[@]}}")
"$root/hsm-setup/packages.sh" fuzz

build=${CIHSM_FUZZ_BUILD:-$root/build/fuzz}
CC=clang cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS_DEBUG='-O1 -g' -DCIHSM_FUZZER=ON \
    -DCIHSM_SANITIZE=fuzzer-no-link,address,undefined >/dev/null
ninja -C "$build" "${targets[@]/#/fuzz_}" >/dev/null
cd "$build"

# statistic TARGET NAME: the number that libFuzzer printed under that name
statistic() {
    sed -n "s/^stat::$2: *//p" "$1.log"
}

# fuzz TARGET: true if nothing broke
fuzz() {
    local target=$1 result=ok
    mkdir -p "corpus/$target"
    "bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$build/$target-" \
        "corpus/$target" "$here/corpus/$target" >"$target.log" 2>&1 || result=FOUND
    printf '%-14s %12s executions  %6s new inputs  %s\n' "$target" \
        "$(statistic "$target" number_of_executed_units)" \
        "$(statistic "$target" new_units_added)" "$result"
    [ $result = ok ] || tail -n 20 "$target.log" >&2
    [ $result = ok ]
}

found=0
for target in "${targets[@]}"; do
    fuzz "$target" || found=1
done
exit $found
