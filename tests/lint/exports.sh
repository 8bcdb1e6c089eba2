#!/usr/bin/env bash
# The public headers declare, src/cihsm.map lists and the shared library exports the same functions.
set -euo pipefail
export LC_ALL=C
declared=$(cat "$1"/include/cihsm/*.h | tr '\n' ' ' | sed 's/;/;\n/g' |
    grep -oE 'CIHSM_API [^;]*' | grep -oE '\bcihsm_[a-z0-9_]+ *\(' | tr -d ' (' |
    sort -u)
listed=$(sed -n '/global:/,/local:/s/^ *\(.*\);$/\1/p' "$1/src/cihsm.map")
exported=$(nm -D --defined-only "$2" | awk '$2 ~ /[TDBR]/ {print $3}' | sed 's/@.*//' | sort -u)
[ "$(wc -l <<<"$declared")" -ge 40 ] || { echo "too few declarations were read"; exit 1; }
sort -cu <<<"$listed" || { echo "src/cihsm.map is not in alphabetical order"; exit 1; }
diff <(echo "$declared") <(sort <<<"$listed") || {
    echo "< declared only, > in src/cihsm.map only"
    exit 1
}
diff <(echo "$declared") <(echo "$exported") || {
    echo "< declared only, > exported only"
    exit 1
}
