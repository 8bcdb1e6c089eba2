#!/usr/bin/env bash
# Each test that docs/security.md names exists: `FILE NAME` is a file that holds the name.
set -euo pipefail
cd "$1"
bad=0
count=0
while read -r file name; do
    count=$((count + 1))
    if ! grep -qF -- "$name" "$file" 2>/dev/null; then
        echo "docs/security.md names $file $name, which does not exist"
        bad=1
    fi
done < <(sed -nE 's/^.(tests\/[^ ]+ [^ ]+).$/\1/p' docs/security.md)
[ "$count" -ge 50 ] || { echo "only $count tests are named"; exit 1; }
unnamed=$(awk '/^\*\*[0-9]+\. /{ if (open) print open; open=$0 } /^`tests\//{ open="" } END { if (open) print open }' \
    docs/security.md)
if [ -n "$unnamed" ]; then
    printf 'no test is named for: %s\n' "$unnamed"
    bad=1
fi
exit $bad
