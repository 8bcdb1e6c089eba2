"""Keys and certificates of the keystore, by the openssl command."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Optional, Sequence

from certificates import CommandError, certificates_in, run

Entity = dict[str, Any]

DAYS = 3 * 365
_LETTERS = {"CommonName": "CN", "OrganizationUnit": "OU", "Organization": "O", "Locality": "L",
            "State": "ST", "Country": "C", "Email": "emailAddress"}
_TEXT = ("-noout", "-subject", "-issuer", "-serial", "-dates", "-text", "-nameopt",
         "RFC2253,-esc_msb,utf8")


def certificate_from(data: bytes) -> Optional[str]:
    """The PEM of bytes that are X.509 as DER, PEM or bare base64; None: they are none."""
    for form, body in (("PEM", data), ("DER", data), ("DER", _decoded(data))):
        try:
            return run("openssl", "x509", "-inform", form, stdin=body).decode()
        except CommandError:
            continue
    return None


def _decoded(data: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except ValueError:
        return b""


def chain_from(data: bytes) -> list[str]:
    """The PEM certificates of PKCS#7, or of PEM one after the other; empty: there are none."""
    for form in ("DER", "PEM"):
        try:
            text = run("openssl", "pkcs7", "-inform", form, "-print_certs", stdin=data).decode()
            return certificates_in(text)
        except CommandError:
            continue
    return certificates_in(data.decode(errors="replace"))


def chain_file(chain: Sequence[str]) -> bytes:
    """PKCS#7 in DER that holds a chain."""
    with tempfile.NamedTemporaryFile() as file:
        file.write("".join(chain).encode())
        file.flush()
        return run("openssl", "crl2pkcs7", "-nocrl", "-certfile", file.name, "-outform", "DER")


def open_pkcs12(data: bytes, password: str) -> Optional[tuple[str, list[str]]]:
    """Key and chain, leaf first; None: the password is wrong."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        parts = [run("openssl", "pkcs12", "-in", file.name, "-nodes", "-passin", "stdin", *more,
                     stdin=password.encode() + b"\n").decode()
                 for more in (("-nocerts",), ("-clcerts", "-nokeys"), ("-cacerts", "-nokeys"))]
    key = re.search(r"-----BEGIN PRIVATE KEY-----.*-----END PRIVATE KEY-----\n", parts[0], re.DOTALL)
    return (key[0], certificates_in(parts[1]) + certificates_in(parts[2])) if key else None


def is_pkcs12(data: bytes) -> bool:
    """Whether the bytes have the form, whatever the password: the version is 3."""
    try:
        shown = run("openssl", "asn1parse", "-inform", "DER", stdin=data).decode()
    except CommandError:
        return False
    return re.search(r"INTEGER +:03\n", shown.partition("\n")[2][:120]) is not None


# standard names that the openssl command does not know
_CURVES = {"secp256r1": "P-256", "secp192r1": "P-192"}


def new_key(kind: str, size: Optional[int], curve: Optional[str]) -> Optional[str]:
    """A private key in PEM; None: there is no such kind."""
    curve_name = _CURVES.get(curve or "", (curve or "").removeprefix("NIST "))
    option = f"rsa_keygen_bits:{size}" if kind == "RSA" else f"ec_paramgen_curve:{curve_name}"
    try:
        return run("openssl", "genpkey", "-algorithm", kind, "-pkeyopt", option).decode()
    except CommandError:
        return None


def private_key(data: bytes, password: str = "") -> Optional[str]:
    """A private key in PEM without password; None: it is none, or has another password."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            return run("openssl", "pkey", "-in", file.name, "-passin", "stdin",
                       stdin=password.encode() + b"\n").decode()
        except CommandError:
            return None


def self_signed(key: str, subject: Entity, digest: str, days: int = DAYS) -> str:
    """A certificate of a key, signed by it."""
    name = "".join(f"/{letters}={_escaped(subject[member])}" for member, letters in _LETTERS.items()
                   if subject.get(member))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        path.write_text(key)
        return run("openssl", "req", "-x509", "-new", "-key", path, "-utf8", "-subj", name,
                   f"-{digest}", "-days", str(days)).decode()


def _escaped(text: str) -> str:
    return re.sub(r"([/\\+])", r"\\\1", text)


def signing_request(key: str, certificate: str) -> bytes:
    """A request with the subject of the certificate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        path.write_text(key)
        return run("openssl", "x509", "-x509toreq", "-signkey", path, stdin=certificate.encode())


def public_key(certificate: str) -> str:
    """The public key in PEM."""
    return run("openssl", "x509", "-noout", "-pubkey", stdin=certificate.encode()).decode()


def public_of(key: str) -> str:
    """The public key of a private one."""
    return run("openssl", "pkey", "-pubout", stdin=key.encode()).decode()


def ssh_line(certificate: str) -> Optional[bytes]:
    """The RSA key of a certificate as OpenSSH writes it; None: it is no RSA key."""
    shown = run("openssl", "rsa", "-pubin", "-noout", "-text", "-modulus",
                stdin=public_key(certificate).encode()).decode() if (
                    facts(certificate)["KeyType"] == "RSA") else ""
    modulus = re.search(r"Modulus=([0-9A-F]+)", shown)
    exponent = re.search(r"Exponent: (\d+)", shown)
    if not modulus or not exponent:
        return None
    numbers = [int(modulus[1], 16), int(exponent[1])]
    parts = [b"ssh-rsa", *(n.to_bytes(n.bit_length() // 8 + 1, "big") for n in reversed(numbers))]
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return b"ssh-rsa " + base64.b64encode(blob) + b"\n"


def is_issued(certificate: str, issuer: str) -> bool:
    """Whether one certificate was issued with the key of the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issuer.pem"
        path.write_text(issuer)
        try:
            run("openssl", "verify", "-partial_chain", "-no_check_time", "-trusted", path,
                stdin=certificate.encode())
        except CommandError:
            return False
        return True


def facts(certificate: str) -> Entity:
    """The properties that say what a certificate is."""
    shown = run("openssl", "x509", *_TEXT, stdin=certificate.encode()).decode()
    fields = dict(line.split("=", 1) for line in shown.splitlines() if re.match(r"[a-zA-Z]+=", line))
    der = base64.b64decode("".join(certificate.splitlines()[1:-1]))
    curve = re.search(r"ASN1 OID: (\S+)", shown)
    kind = "EC" if "id-ecPublicKey" in shown else "RSA"
    size = re.search(r"Public-Key: \((\d+) bit\)", shown)
    algorithm = re.search(r"Signature Algorithm: (\S+)", shown)
    return {"KeyType": kind, "KeySize": int(size[1]) if size else None,
            "EllipticCurve": curve[1] if curve and kind == "EC" else None,
            "ValidNotBefore": _date(fields["notBefore"]),
            "ValidNotAfter": _date(fields["notAfter"]),
            "SerialNumber": "0x" + fields["serial"],
            "SignatureAlgorithm": algorithm[1] if algorithm else None,
            "SubjectDN": fields["subject"], "IssuerDN": fields["issuer"], "Version": 3,
            **{f"FingerprintSha{size}": _colons(hashlib.new(f"sha{size}", der).hexdigest())
               for size in (1, 256, 512)}}


def _date(text: str) -> datetime:
    return datetime.strptime(" ".join(text.split()), "%b %d %H:%M:%S %Y %Z")


def _colons(digits: str) -> str:
    return ":".join(digits[i:i + 2].upper() for i in range(0, len(digits), 2))
