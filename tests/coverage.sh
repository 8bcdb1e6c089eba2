#!/usr/bin/env bash
# Counts the lines of src/ that the unit and integration tests run; cli/ is told, but does not count.
#
#   coverage.sh             builds, runs the tests, prints a table of modules and the total
#   coverage.sh report      prints the table of what ran before
#   coverage.sh files       prints the files instead, the least covered first
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1:-run}
case $wanted in
run | report | files) ;;
*)
    echo "usage: coverage.sh [run|report|files]" >&2
    exit 2
    ;;
esac
./hsm-setup/packages.sh coverage
build=build/coverage

if [ "$wanted" = run ]; then
    cmake --preset coverage >/dev/null
    cmake --build --preset coverage -- --quiet
    find "$build" -name '*.gcda' -delete
    ctest --preset coverage -j "$((4 * $(nproc)))" --progress
fi

# Modules are compiled once each, so that every test counts into the same files.
gcovr --root . --filter 'src/.*\.c$' --gcov-ignore-parse-errors \
    --json-summary "$build/summary.json" "$build/src"

if [ "$wanted" = files ]; then
    jq -r '.files | sort_by(.line_percent)[] |
        "\(.filename)\t\(.line_covered)\t\(.line_total)\t\(.line_percent)"' "$build/summary.json"
    exit
fi
jq -r 'def row(name): [name, (map(.line_covered) | add), (map(.line_total) | add)] |
        "\(.[0])\t\(.[1])\t\(.[2])\t\(1000 * .[1] / .[2] | round / 10)";
    [.files[] | select(.line_total > 0) | .module = (.filename | split("/")[1])] |
    (group_by(.module)[] | row(.[0].module)),
    (map(select(.module != "cli")) | row("all but cli"))' "$build/summary.json" |
    awk -F '\t' 'BEGIN { printf "%-14s %8s %8s %6s\n", "module", "run", "lines", "%" }
        { printf "%-14s %8d %8d %6.1f\n", $1, $2, $3, $4 }'
