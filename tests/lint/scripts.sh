#!/usr/bin/env bash
# Shell scripts pass shellcheck, Python files compile.
set -euo pipefail
cd "$1"
mapfile -t scripts < <(grep -rlE '^#!.*\b(ba)?sh$' hsm-setup packaging tests .ci --include='*' |
    grep -vE '\.(py|c|h|md|in)$')
[ "${#scripts[@]}" -ge 8 ] || { echo "only ${#scripts[@]} scripts were found"; exit 1; }
shellcheck -x "${scripts[@]}"
find tests hsm-setup docs -name '*.py' -print0 |
    xargs -0 python3 -c 'import ast, sys; [ast.parse(open(n).read(), n) for n in sys.argv[1:]]'
