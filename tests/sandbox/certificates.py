"""The openssl command and ca.sh, as the sandbox uses them; no X.509 is written by hand."""

from __future__ import annotations

import os
import ssl
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CA_SCRIPT = Path(__file__).with_name("ca.sh")
# "openssl x509" reads all roots of the system at each start, which takes most of its time
NO_ROOTS = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}


class CommandError(RuntimeError):
    """openssl or ca.sh failed."""


def run(*command: str | Path, stdin: bytes = b"") -> bytes:
    """Runs a command; its standard output, or CommandError with what it said."""
    done = subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          timeout=60, check=False, env=os.environ | NO_ROOTS)
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
    shown = run("openssl", "x509", "-subject", "-issuer", "-serial", "-enddate", "-nameopt",
                "RFC2253,-esc_msb,utf8", stdin=pem.encode()).decode()
    [clean] = certificates_in(shown)
    lines = shown.removesuffix(clean).splitlines()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    until = datetime.strptime(" ".join(fields["notAfter"].split()), "%b %d %H:%M:%S %Y %Z")
    return Leaf(clean, ssl.PEM_cert_to_DER_cert(clean), {
        "issuerdn": fields["issuer"], "subjectdn": fields["subject"],
        "validuntil": until.isoformat(timespec="milliseconds") + "Z",
        "serialnumber": "0x" + fields["serial"]})
