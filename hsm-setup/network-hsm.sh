#!/usr/bin/env bash
# A token behind a socket, as a network HSM is: p11-kit server in front of a SoftHSM token.
#
#   network-hsm.sh start --dir DIR [--label LABEL]   makes the token if it is not there
#   network-hsm.sh stop --dir DIR                    ends the server, keeps the token
#   network-hsm.sh status --dir DIR                  exit code 0: it runs, 1: it does not
#
# Everything is kept in DIR: token/ (softhsm.sh), socket, server.pid, server.log.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
WAIT_TENTHS=100

usage() {
    sed -n 's/^#   \(network-hsm\.sh .*\)/usage: \1/p' "$0" >&2
    exit 2
}

die() {
    echo "network-hsm.sh: $2" >&2
    exit "$1"
}

find_library() {
    local path
    for path in "$@"; do
        [ -e "$path" ] && echo "$path" && return
    done
    return 1
}

# The pid in the file counts only while that process is the server of this socket.
server_pid() {
    local pid
    pid=$(cat "$dir/server.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fxq -- "$socket" ||
        return 1
    echo "$pid"
}

show() {
    cat <<END
module = $client
module-env.P11_KIT_SERVER_ADDRESS = unix:path=$socket
token = pkcs11:token=$(cat "$dir/label")
pin-source = file:$dir/token/pin
END
}

check_label() {
    case $label in
    '' | *[!A-Za-z0-9._-]*) die 2 "a label here has only letters, digits, dots, - and _" ;;
    esac
}

make_token() {
    umask 077
    mkdir -p "$dir"
    [ -s "$dir/label" ] || printf '%s\n' "$label" >"$dir/label"
    if [ "$(cat "$dir/label")" != "$label" ]; then
        die 2 "the token in $dir has the label $(cat "$dir/label"); choose another folder"
    fi
    "$here/softhsm.sh" "$dir/token" "$label" >/dev/null
}

wait_until_it_serves() {
    local pid=$1 tenths=0
    while ! P11_KIT_SERVER_ADDRESS=unix:path=$socket p11tool --provider "$client" \
        --list-token-urls 2>/dev/null </dev/null | grep -Fq "token=$label"; do
        kill -0 "$pid" 2>/dev/null || break
        tenths=$((tenths + 1))
        [ "$tenths" -le "$WAIT_TENTHS" ] || break
        sleep 0.1
    done
    [ "$tenths" -le "$WAIT_TENTHS" ] && kill -0 "$pid" 2>/dev/null
}

start() {
    local pid
    check_label
    if server_pid >/dev/null; then
        echo "it runs already" >&2
        show
        return
    fi
    [ ${#socket} -le 100 ] || die 2 "$socket is too long for a socket; choose a shorter DIR"
    make_token
    rm -f "$socket"
    SOFTHSM2_CONF=$dir/token/softhsm2.conf setsid p11-kit server --foreground \
        --provider "$softhsm" --name "$socket" "pkcs11:token=$label" \
        >"$dir/server.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/server.pid"
    if ! wait_until_it_serves "$pid"; then
        cat "$dir/server.log" >&2
        stop
        die 1 "the server did not start; see above"
    fi
    show
}

# A connection has a process of its own, which ends with its client: a login in progress, during
# which SoftHSM writes the token file, is not interrupted.
stop() {
    local pid tenths=0
    if pid=$(server_pid); then
        kill "$pid"
        while server_pid >/dev/null && [ "$tenths" -le "$WAIT_TENTHS" ]; do
            tenths=$((tenths + 1))
            sleep 0.1
        done
        ! server_pid >/dev/null || die 1 "process $pid does not end"
    fi
    rm -f "$dir/server.pid" "$socket"
}

status() {
    if ! server_pid >/dev/null; then
        echo "it does not run"
        return 1
    fi
    show
}

[ $# -ge 1 ] || usage
command=$1
shift
dir=''
label=network-hsm
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
    --dir) dir=$2 ;;
    --label) label=$2 ;;
    *) usage ;;
    esac
    shift 2
done
[ -n "$dir" ] || usage
dir=$(realpath -m -- "$dir")
socket=$dir/socket
for program in p11-kit p11tool; do
    command -v "$program" >/dev/null ||
        die 3 "$program is missing: apt-get install p11-kit gnutls-bin"
done
client=$(find_library /usr/lib/*/pkcs11/p11-kit-client.so /usr/lib/pkcs11/p11-kit-client.so) ||
    die 3 "p11-kit-client.so is missing: apt-get install p11-kit-modules"
softhsm=$(find_library /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so) ||
    die 3 "libsofthsm2.so is missing: apt-get install softhsm2"

case $command in
start) start ;;
stop) stop ;;
status) status ;;
*) usage ;;
esac
