"""The openssl command and ca.sh, as the sandbox uses them; no X.509 is written by hand."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CA_SCRIPT = Path(__file__).with_name("ca.sh")


class CommandError(RuntimeError):
    """openssl or ca.sh failed."""


def run(*command: str | Path, stdin: bytes = b"") -> bytes:
    """Runs a command; its standard output, or CommandError with what it said."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise CommandError(f"{Path(str(command[0])).name} {command[1]}: {said}")
    return done.stdout


def is_request(pem: bytes) -> bool:
    """Whether this is a certificate request that its own key has signed."""
    # OpenSSL 3.0 says it on stderr, and ends with 0 for a wrong signature; 3.5 says it on stdout
    done = subprocess.run(["openssl", "req", "-verify", "-noout"], input=pem, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0 and b"verify OK" in done.stdout


def ca(*arguments: str | Path) -> None:
    """Runs ca.sh."""
    run(CA_SCRIPT, *arguments)


def certificates_in(text: str) -> list[str]:
    """The PEM certificates of a text, in order, each with its final line feed."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return [begin + part.split(end)[0] + end + "\n" for part in text.split(begin)[1:]
            if end in part]


@dataclass(frozen=True)
class Leaf:
    """What a service key says about a certificate (contract §2.3)."""

    pem: str
    der: bytes
    details: dict[str, str]


def read_leaf(pem: str) -> Leaf:
    """Reads one PEM certificate."""
    data = pem.encode()
    clean = run("openssl", "x509", stdin=data).decode()
    der = run("openssl", "x509", "-outform", "DER", stdin=data)
    shown = run("openssl", "x509", "-noout", "-subject", "-issuer", "-serial", "-enddate",
                "-nameopt", "RFC2253,-esc_msb,utf8", stdin=data).decode()
    fields = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    until = datetime.strptime(" ".join(fields["notAfter"].split()), "%b %d %H:%M:%S %Y %Z")
    return Leaf(clean, der, {
        "issuerdn": fields["issuer"], "subjectdn": fields["subject"],
        "validuntil": until.isoformat(timespec="milliseconds") + "Z",
        "serialnumber": "0x" + fields["serial"]})
