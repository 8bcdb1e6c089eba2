#!/usr/bin/env bash
# Looks for mistakes in src/ and include/. Prints what it finds, and nothing else; exits with 1 then.
#
#   analysis.sh [TOOL...]    cppcheck, clang-tidy, fanalyzer, valgrind; all of them if none is given
#
# valgrind runs the unit tests; the others only read. What is switched off, and why, stands in
# .clang-tidy, cmake/CompileOptions.cmake and here.
set -euo pipefail
cd "$(dirname "$0")/.."

# --enable=style is left to clang-tidy and the compiler.
# memleak: cppcheck 2.10 does not know __attribute__((cleanup)).
cppcheck_options=("--enable=warning,performance,portability" --suppress=memleak --inline-suppr
    --std=c11 --quiet "--template={file}:{line}: {message} [{id}]")

# The compile commands of what people wrote (the data files are compiled in), with what is gcc's only
# taken out.
ours=build/analyze/ours
configure() {
    mkdir -p "$ours" && cmake --preset analyze &&
        jq --arg src "$PWD/src/" '[.[] | select(.file | startswith($src)) |
            .command |= gsub(" -(fanalyzer|Wno-analyzer-[a-z-]+|Wduplicated-cond|Wlogical-op)"; "")]' \
            build/analyze/compile_commands.json >"$ours/compile_commands.json"
}

# What spans files does not change cppcheck's exit code, so that what it prints counts.
run_cppcheck() {
    configure && mkdir -p "$ours/cppcheck" || return
    cppcheck "${cppcheck_options[@]}" -j "$(nproc)" --cppcheck-build-dir="$ours/cppcheck" \
        --project="$ours/compile_commands.json" 2>&1 | tee "$ours/cppcheck.txt" &&
        [ ! -s "$ours/cppcheck.txt" ]
}

run_clang-tidy() {
    configure &&
        jq -r '.[].file' "$ours/compile_commands.json" |
        xargs -P "$(nproc)" -n 8 clang-tidy -p "$ours" --quiet
}

run_fanalyzer() {
    configure && cmake --build --preset analyze -- -k 0 --quiet
}

run_valgrind() {
    cmake --preset valgrind && cmake --build --preset valgrind -- --quiet &&
        ctest --preset valgrind -j "$(nproc)" --progress
}

tools=("$@")
[ $# -gt 0 ] || tools=(cppcheck clang-tidy fanalyzer valgrind)
for tool in "${tools[@]}"; do
    if ! declare -F "run_$tool" >/dev/null; then
        echo "usage: analysis.sh [cppcheck|clang-tidy|fanalyzer|valgrind]..." >&2
        exit 2
    fi
done
./hsm-setup/packages.sh analysis
mkdir -p build

failed=()
for tool in "${tools[@]}"; do
    if ! "run_$tool" >"build/$tool.log" 2>&1; then
        echo "== $tool"
        cat "build/$tool.log"
        failed+=("$tool")
    fi
done
[ ${#failed[@]} -eq 0 ]
