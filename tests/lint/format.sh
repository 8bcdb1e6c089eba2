#!/usr/bin/env bash
# The whole tree is as clang-format leaves it.
set -euo pipefail
cd "$1"
find src include tests docs -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
