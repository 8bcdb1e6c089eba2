#!/usr/bin/env bash
# Calls this project does not use, or uses in one module only; each with its reason.
set -euo pipefail
cd "$1"
bad=0

# forbid PATTERN REASON PATH... : no line of the C files matches, comments left out
forbid() {
    local pattern=$1 reason=$2 hits
    shift 2
    hits=$(find "$@" -name '*.[ch]' -print0 | xargs -0 grep -nE "$pattern" |
        grep -vE '^[^:]*:[0-9]+: *(\*|/\*|//)' || true)
    if [ -n "$hits" ]; then
        printf '%s\n  -> %s\n' "$hits" "$reason"
        bad=1
    fi
}
# other MODULE...: the folders of src but these
other() {
    local folder
    for folder in src/*/; do
        folder=$(basename "$folder")
        [[ " $* " == *" $folder "* ]] || echo "src/$folder"
    done
}

forbid '\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|atoi|atol|alloca|system|popen)\(' \
    'use text_*, buffer_*, snprintf, strtol, posix_spawn' src include
forbid '\bgoto\b' 'use CIHSM_AUTO and CIHSM_MOVE' src
forbid 'ENGINE_[a-z]' 'engines are gone from OpenSSL: sign through the provider' src
forbid 'SSL_VERIFY(PEER|HOST), *0' 'verification of the server cannot be switched off' src
forbid 'CURLOPT_(SSLCERT|SSLKEY|KEYPASSWD)\b' 'key and chain go in through the SSL_CTX' src
# shellcheck disable=SC2046  # one word a folder
forbid '\b(printf|puts|putchar|fprintf|vprintf|exit|getenv|setenv)\(' \
    'the library does not print, end the process or read the environment' $(other cli pkcs11)
# the PIN sources env: and cred: are the one place of the library that reads the environment
forbid '\b(printf|puts|putchar|fprintf|vprintf|exit)\(' 'the library does not print' src/pkcs11
# shellcheck disable=SC2046
forbid '\b(cJSON_[A-Z]|cJSON \*|cJSON\.h)' 'JSON goes through base/json' $(other base)
# shellcheck disable=SC2046
forbid '\b(curl_[a-z]|CURLOPT_|curl/curl\.h)' 'HTTP and URLs go through http' $(other http)
# shellcheck disable=SC2046
forbid '\b(CK_[A-Z]|CKR_|CKA_|CKM_|C_[A-Z][a-z]+\()' 'PKCS#11 stays in pkcs11 and token' \
    $(other pkcs11 token)

# shellcheck disable=SC2046
forbid '\b(archive_(read|write|entry)_[a-z]|archive_entry\.h|<archive\.h)' \
    'libarchive stays in archive' $(other archive)

forbid '\b(atexit|at_quick_exit|on_exit|OPENSSL_atexit|tss_create|pthread_key_create)\(|\b(con|de)structor\b *[()]' \
    'nothing runs before main or after it' src include
# how the program ends is decided in one place; a PIN prompt looks after its terminal
# shellcheck disable=SC2046
forbid '\b(sigaction|signal)\(' 'signals belong to cli/signals' $(find src -name '*.c' \
    ! -path src/cli/signals.c ! -path src/cli/pin.c)

# shared with the design documents, which are not part of the repository
if grep -rnE '\.\./shared|\bshared/' --include='*.[ch]' --include='*.txt' --include='*.sh' \
    --include='*.py' src include cmake hsm-setup CMakeLists.txt; then
    echo '  -> the repository stands alone'
    bad=1
fi
exit $bad
