#!/usr/bin/env bash
# Every #include "folder/..." in src/ is allowed by src/layers.txt, and the table has no cycle; each
# module of it is told in docs/architecture.md and in the README.
set -euo pipefail
cd "$1/src"
mapfile -t sources < <(find . -name '*.[ch]' | sed 's,^\./,,' | sort)

awk '
FILENAME == "layers.txt" {
    if ($0 ~ /^[a-z0-9]+:/) {
        module = $1
        sub(":", "", module)
        known[module] = 1
        for (i = 2; i <= NF; i++) {
            if (!($i in known)) {
                printf "layers.txt:%d: %s may include %s, which is not above it\n", FNR, module, $i
                bad = 1
            }
            allowed[module, $i] = 1
        }
    }
    next
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split(FILENAME, parts, "/")
    from = parts[1]
    to = $0
    sub(/^[^"]*"/, "", to)
    sub(/".*$/, "", to)
    if (to !~ /\//) {
        printf "%s:%d: include \"%s\" without its folder\n", FILENAME, FNR, to
        bad = 1
        next
    }
    sub(/\/.*$/, "", to)
    seen++
    if (to != from && to != "cihsm" && !((from, to) in allowed)) {
        printf "%s:%d: %s may not include %s\n", FILENAME, FNR, from, to
        bad = 1
    }
}
END {
    if (seen < 50) {
        printf "only %d includes were read: the check is broken\n", seen
        bad = 1
    }
    exit bad
}' layers.txt "${sources[@]}"

status=0
while read -r module; do
    grep -q "^| \`$module\` |" ../docs/architecture.md ||
        { echo "docs/architecture.md: no row for $module"; status=1; }
    grep -q "^|.*\`src/$module/\`" ../README.md || { echo "README.md: no row for $module"; status=1; }
done < <(sed -n 's/^\([a-z0-9]*\):.*/\1/p' layers.txt)
exit "$status"
