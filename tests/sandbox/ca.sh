#!/usr/bin/env bash
# Test certificate authority by the openssl command: a root, one intermediate, leaves.
# Its keys protect nothing; never put its root into a real trust store.
set -euo pipefail
umask 077

# "openssl x509" reads all roots of the system at each start, which takes most of its time.
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null

usage() {
    cat <<'USAGE'
usage: ca.sh init DIR [--name NAME]
       ca.sh issue DIR CSR OUT-CHAIN.pem [--days N] [--eku clientAuth|serverAuth|none]
                   [--san DNS:NAME,IP:ADDR] [--expired | --ends YYYYMMDDHHMMSSZ] [--leaf-only]
                   [--subject /O=…/CN=…]
       ca.sh server DIR NAME OUT.key OUT.pem [MORE-NAMES...]

init    makes DIR/root.pem and DIR/intermediate.pem (EC P-256); does nothing if they exist
issue   signs CSR by the intermediate; writes leaf + intermediate, no root (TLS order);
        --subject takes the place of the one in the CSR
server  makes a key and a server certificate for NAME and more names
USAGE
}

die() {
    printf 'ca.sh: %s\n' "$1" >&2
    exit 1
}

bad_usage() {
    usage >&2
    printf 'ca.sh: %s\n' "$1" >&2
    exit 2
}

# Runs openssl silently, shows what it said only if it fails.
quietly() {
    local said
    if ! said=$("$@" 2>&1); then
        printf '%s\n' "$said" >&2
        die "$1 $2 failed"
    fi
}

new_serial() {
    printf '0x4%s' "$(openssl rand -hex 15)"
}

new_ec_key() {
    quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

make_root() {
    local dir=$1 name=$2
    new_ec_key "$dir/root.key"
    quietly openssl req -new -x509 -config /dev/null -sha256 -days 3650 \
        -key "$dir/root.key" -subj "/O=$name/CN=$name Root CA" -set_serial "$(new_serial)" \
        -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign \
        -addext subjectKeyIdentifier=hash \
        -out "$dir/root.pem"
}

make_intermediate() {
    local dir=$1 name=$2
    new_ec_key "$dir/intermediate.key"
    quietly openssl req -new -config /dev/null -sha256 -key "$dir/intermediate.key" \
        -subj "/O=$name/CN=$name Intermediate CA" -out "$dir/intermediate.csr"
    cat > "$dir/intermediate.ext" <<'EXT'
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
EXT
    quietly openssl x509 -req -sha256 -days 1825 -in "$dir/intermediate.csr" \
        -CA "$dir/root.pem" -CAkey "$dir/root.key" -set_serial "$(new_serial)" \
        -extfile "$dir/intermediate.ext" -out "$dir/intermediate.pem"
    rm -f "$dir/intermediate.csr" "$dir/intermediate.ext"
}

ca_exists() {
    local file
    for file in root.key root.pem intermediate.key intermediate.pem; do
        [ -s "$1/$file" ] || return 1
    done
}

cmd_init() {
    [ $# -ge 1 ] || bad_usage "init needs DIR"
    local dir=$1 name='cihsm test'
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        --name) name=${2:?--name needs a value}; shift 2 ;;
        *) bad_usage "unknown option $1" ;;
        esac
    done
    case $name in */*) bad_usage "NAME must not contain a slash" ;; esac
    if ca_exists "$dir"; then
        return 0
    fi
    mkdir -p "$dir"
    make_root "$dir" "$name"
    make_intermediate "$dir" "$name"
    chmod 0644 "$dir/root.pem" "$dir/intermediate.pem"
}

write_leaf_extensions() {
    local file=$1 eku=$2 san=$3
    {
        echo '[leaf]'
        echo 'basicConstraints = critical, CA:FALSE'
        echo 'keyUsage = critical, digitalSignature'
        echo 'subjectKeyIdentifier = hash'
        echo 'authorityKeyIdentifier = keyid:always'
        [ "$eku" = none ] || echo "extendedKeyUsage = $eku"
        [ -z "$san" ] || echo "subjectAltName = $san"
    } > "$file"
}

sign_current() {
    local dir=$1 csr=$2 work=$3 days=$4
    quietly openssl x509 -req -sha256 -days "$days" -in "$csr" \
        -CA "$dir/intermediate.pem" -CAkey "$dir/intermediate.key" -set_serial "$(new_serial)" \
        -extfile "$work/leaf.ext" -extensions leaf -out "$work/leaf.pem"
}

# "openssl x509" counts in days from now on and reads a subject as Latin-1; "openssl ca" takes both
# dates, and UTF-8.
sign_as_asked() {
    local dir=$1 csr=$2 work=$3
    shift 3
    : > "$work/index.txt"
    cat > "$work/ca.cnf" <<CONF
[ca]
default_ca = test
[test]
new_certs_dir = $work
database = $work/index.txt
rand_serial = yes
default_md = sha256
preserve = yes
policy = any
[any]
domainComponent = optional
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
emailAddress = optional
CONF
    quietly openssl ca -batch -notext -config "$work/ca.cnf" -in "$csr" "$@" \
        -cert "$dir/intermediate.pem" -keyfile "$dir/intermediate.key" \
        -extfile "$work/leaf.ext" -extensions leaf -out "$work/leaf.pem"
}

cmd_issue() {
    [ $# -ge 3 ] || bad_usage "issue needs DIR, CSR and OUT-CHAIN.pem"
    local dir=$1 csr=$2 out=$3 days=90 eku=clientAuth san='' end='' leaf_only=no work subject=()
    shift 3
    while [ $# -gt 0 ]; do
        case $1 in
        --days) days=${2:?--days needs a value}; shift 2 ;;
        --eku) eku=${2:?--eku needs a value}; shift 2 ;;
        --san) san=${2:?--san needs a value}; shift 2 ;;
        --expired) end=20250201000000Z; shift ;;
        --ends) end=${2:?--ends needs a value}; shift 2 ;;
        --leaf-only) leaf_only=yes; shift ;;
        --subject) subject=(-utf8 -subj "${2:?--subject needs a value}"); shift 2 ;;
        *) bad_usage "unknown option $1" ;;
        esac
    done
    case $eku in clientAuth | serverAuth | none) ;; *) bad_usage "unknown --eku $eku" ;; esac
    case $days in '' | *[!0-9]*) bad_usage "--days must be a number" ;; esac
    ca_exists "$dir" || die "no CA in $dir: run ca.sh init $dir"
    [ -r "$csr" ] || die "cannot read $csr"

    work=$(mktemp -d "$dir/.issue.XXXXXX")
    # shellcheck disable=SC2064  # the path is wanted as it is now
    trap "rm -rf -- '$work'" EXIT
    write_leaf_extensions "$work/leaf.ext" "$eku" "$san"
    if [ -n "$end" ]; then
        sign_as_asked "$dir" "$csr" "$work" -startdate 20250101000000Z -enddate "$end" "${subject[@]}"
    elif [ ${#subject[@]} -gt 0 ]; then
        sign_as_asked "$dir" "$csr" "$work" -days "$days" "${subject[@]}"
    else
        sign_current "$dir" "$csr" "$work" "$days"
    fi
    [ -s "$work/leaf.pem" ] || die "openssl made no certificate of $csr"
    [ "$leaf_only" = yes ] || cat "$dir/intermediate.pem" >> "$work/leaf.pem"
    chmod 0644 "$work/leaf.pem"
    mv -f "$work/leaf.pem" "$out"
    rm -rf -- "$work"
}

cmd_server() {
    [ $# -ge 4 ] || bad_usage "server needs DIR, NAME, OUT.key and OUT.pem"
    local dir=$1 name=$2 key=$3 out=$4 san more
    san="DNS:$name"
    shift 4
    for more; do
        san="$san,DNS:$more"
    done
    [ "$name" != localhost ] || san="$san,IP:127.0.0.1"
    new_ec_key "$key"
    quietly openssl req -new -config /dev/null -sha256 -key "$key" -subj "/CN=$name" -out "$out.csr"
    cmd_issue "$dir" "$out.csr" "$out" --days 365 --eku serverAuth --san "$san"
    rm -f "$out.csr"
}

main() {
    [ $# -ge 1 ] || bad_usage "no command"
    local command=$1
    shift
    case $command in
    init) cmd_init "$@" ;;
    issue) cmd_issue "$@" ;;
    server) cmd_server "$@" ;;
    help | --help | -h) usage ;;
    *) bad_usage "unknown command $command" ;;
    esac
}

main "$@"
