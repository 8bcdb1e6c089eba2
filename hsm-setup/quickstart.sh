#!/usr/bin/env bash
# From an empty machine to a first call: builds cihsm, makes a SoftHSM token with a key, has its
# certificate issued by a test CA, starts a simulated tenant behind nginx and reads message logs.
#
#   quickstart.sh        may be run again at any time
#   quickstart.sh stop   ends the simulated tenant
#
# Everything is kept below build/quickstart, or in the folder $CIHSM_QUICKSTART_DIR. Among the
# examples of an installed cihsm it takes that one, and keeps all in ./cihsm-quickstart.
set -euo pipefail

started_in=$PWD
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -e "$root/CMakeLists.txt" ]; then
    place=$root/build/quickstart
    cihsm=$root/build/release/bin/cihsm
else
    place=$started_in/cihsm-quickstart
    cihsm=$(realpath -m -- "$root/../../../../bin/cihsm") # from PREFIX/share/doc/cihsm/examples
fi
work=$(realpath -m -- "${CIHSM_QUICKSTART_DIR:-$place}")
config=$work/config
label="cihsm quickstart"
sandbox=("$root/tests/sandbox/sandbox.py")

if [ "${1:-}" = stop ]; then
    exec "${sandbox[@]}" stop --dir "$work/sandbox"
fi
if [ $# -gt 0 ]; then
    echo "usage: quickstart.sh [stop]" >&2
    exit 2
fi

step() { printf '\n== %s\n' "$1"; }
# A path as the person can type it.
shown() { printf '%q' "$(realpath --relative-to="$started_in" -- "$1")"; }

get_ready() {
    if [ ! -e "$root/CMakeLists.txt" ]; then
        step "packages"
        "$root/hsm-setup/packages.sh" run
        "$cihsm" --version
        return
    fi
    step "packages and build (build/release)"
    "$root/hsm-setup/packages.sh" build
    cd "$root"
    if ! { cmake --preset release -DCIHSM_BUILD_TESTS=OFF &&
        cmake --build --preset release; } >"$work/build.log" 2>&1; then
        tail -n 30 "$work/build.log" >&2
        exit 1
    fi
}

# The options that name token and key; the profile gets the same.
find_module() {
    local path
    for path in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
        [ -e "$path" ] && echo "$path" && return
    done
    echo "quickstart.sh: libsofthsm2.so is not installed" >&2
    exit 3
}

# Runs cihsm without its advice on what to do next, which the steps here do.
run_cihsm() {
    "$cihsm" "$@" 2>"$work/notes" || { cat "$work/notes" >&2; return 1; }
    grep -v '^cihsm: next: ' "$work/notes" >&2 || true
}

make_key() {
    if ! "$cihsm" key list "${token[@]}" -o jsonl | grep -q '"Label":"quickstart"'; then
        run_cihsm key generate "${token[@]}" --type ec:P-256 --label quickstart
        rm -f "$work/client-chain.pem"
    else
        echo "the key is there already"
    fi
}

make_certificate() {
    "$root/tests/sandbox/ca.sh" init "$work/ca" >/dev/null
    if openssl x509 -in "$work/client-chain.pem" -noout -checkend 86400 >/dev/null 2>&1; then
        echo "the certificate is there already"
        return
    fi
    run_cihsm csr create "${token[@]}" --key "pkcs11:object=quickstart" \
        --subject "CN=quickstart,O=Example,C=DE" --out "$work/client.csr"
    "$root/tests/sandbox/ca.sh" issue "$work/ca" "$work/client.csr" "$work/client-chain.pem"
}

make_service_key() {
    "${sandbox[@]}" start --dir "$work/sandbox" --client-root "$work/ca/root.pem"
    "${sandbox[@]}" unregister --dir "$work/sandbox" --name quickstart >/dev/null 2>&1 || true
    openssl x509 -in "$work/client-chain.pem" -out "$work/client-leaf.pem"
    "${sandbox[@]}" register --dir "$work/sandbox" --name quickstart \
        --cert "$work/client-leaf.pem" --role MonitoringDataRead --out "$work/service-key.json"
}

make_profile() {
    rm -f "$config"
    "$cihsm" profile create quickstart --config "$config" --service-key "$work/service-key.json" \
        --module "$module" --module-env "SOFTHSM2_CONF=$SOFTHSM2_CONF" \
        --token "pkcs11:token=cihsm%20quickstart" --key "pkcs11:object=quickstart" \
        --pin-source "file:$work/token/pin" --chain "$work/client-chain.pem" \
        --ca "$work/sandbox/server-ca/root.pem" 2>/dev/null
    "$cihsm" profile use quickstart --config "$config" 2>/dev/null
}

# Keys and PINs are private; the folders above, and what is built and installed, are for all users.
mkdir -p "$(dirname -- "$work")"
(umask 077 && mkdir -p "$work")
get_ready
umask 077

step "token (SoftHSM stands in for an HSM)"
"$root/hsm-setup/softhsm.sh" "$work/token" "$label" >/dev/null
export SOFTHSM2_CONF=$work/token/softhsm2.conf
module=$(find_module)
token=(--config /dev/null --module "$module" --token "pkcs11:token=cihsm%20quickstart"
    --pin-source "file:$work/token/pin")
echo "token \"$label\" in $(shown "$work/token")"

step "key pair, generated on the token"
make_key

step "certificate: CSR signed by the key on the token, issued by a test CA"
make_certificate

step "simulated tenant behind nginx; External Certificate service key"
make_service_key

step "cihsm get MessageProcessingLogs --top 5"
make_profile
"$cihsm" --config "$config" get MessageProcessingLogs --top 5

run="$(shown "$cihsm") --config $(shown "$config")"
stop="$(shown "$root/hsm-setup/quickstart.sh") stop"
[ -z "${CIHSM_QUICKSTART_DIR:-}" ] || stop="CIHSM_QUICKSTART_DIR=$(shown "$work") $stop"
cat <<END

Ready. Try next:

  $run get MessageProcessingLogs --filter "Status eq 'FAILED'" --top 3
  $run key list
  $run service-key show

$stop ends the simulated tenant.
END
