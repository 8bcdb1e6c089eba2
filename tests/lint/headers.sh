#!/usr/bin/env bash
# Each public header compiles alone, in C99 and in C++17, without a warning.
set -euo pipefail
cc=$2
count=0
for header in "$1"/include/cihsm/*.h; do
    name=cihsm/$(basename "$header")
    for language in c:c99 c++:c++17; do
        printf '#include "%s"\nint cihsm_header_alone;\n' "$name" |
            "$cc" -x "${language%%:*}" -std="${language##*:}" -Wall -Wextra -Wpedantic -Werror \
                -fsyntax-only -I "$1/include" -
    done
    count=$((count + 1))
done
[ "$count" -ge 10 ] || { echo "only $count headers were found"; exit 1; }
