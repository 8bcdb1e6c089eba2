#!/usr/bin/env bash
# The whole tree is as clang-format leaves it: the one of Debian 12, since each version has a taste
# of its own. Exit code 77 says that this machine has another one.
set -euo pipefail
cd "$1"
if ! clang-format --version | grep -q 'version 14\.'; then
    echo "skipped: the format is that of clang-format 14, this is $(clang-format --version)"
    exit 77
fi
find src include tests docs -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
