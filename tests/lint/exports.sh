#!/usr/bin/env bash
# The shared library exports just what the public headers declare.
set -euo pipefail
declared=$(cat "$1"/include/cihsm/*.h | tr '\n' ' ' | sed 's/;/;\n/g' |
    grep -oE 'CIHSM_API [^;]*' | grep -oE '\bcihsm_[a-z0-9_]+ *\(' | tr -d ' (' |
    sort -u)
exported=$(nm -D --defined-only "$2" | awk '$2 ~ /[TDBR]/ {print $3}' | sed 's/@.*//' | sort -u)
[ "$(wc -l <<<"$declared")" -ge 40 ] || { echo "too few declarations were read"; exit 1; }
diff <(echo "$declared") <(echo "$exported") || {
    echo "< declared only, > exported only"
    exit 1
}
