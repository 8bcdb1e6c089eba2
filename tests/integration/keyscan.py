"""Finds private keys in files that match a public key: PEM, DER, PKCS#12, JWK."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator, Optional

PEM = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
DER_START = 0x30


def public_of_certificate(path: Path) -> bytes:
    """The public key (DER) of the first certificate of a file."""
    pem = subprocess.run(["openssl", "x509", "-in", str(path), "-noout", "-pubkey"], check=True,
                         capture_output=True).stdout
    return subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], check=True, input=pem,
                          capture_output=True).stdout


def _public_half(data: bytes, *form: str) -> Optional[bytes]:
    """The public half of a private key; None if openssl reads no private key."""
    done = subprocess.run(["openssl", "pkey", *form, "-pubout", "-outform", "DER", "-passin",
                           "pass:"], input=data, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _from_pem(data: bytes) -> Iterator[Optional[bytes]]:
    # in JSON the line feeds are written as \n
    for block in PEM.finditer(data.replace(b"\\n", b"\n")):
        yield _public_half(block.group() + b"\n")


def _from_der(data: bytes) -> Iterator[Optional[bytes]]:
    if data[:1] != bytes([DER_START]):
        return
    public = _public_half(data, "-inform", "DER")
    if public is not None:
        yield public
    done = subprocess.run(["openssl", "pkcs12", "-nodes", "-nocerts", "-passin", "pass:"],
                          input=data, capture_output=True, check=False)
    if b"PRIVATE KEY" in done.stdout:
        yield from _from_pem(done.stdout)
    elif b"Mac verify error" in done.stderr:
        yield None  # a PKCS#12 file with a password


def _numbers(value: Any) -> Iterator[dict[str, Any]]:
    """All JSON objects that are private keys."""
    if isinstance(value, dict):
        if "kty" in value and "d" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _numbers(item)


def _is_jwk_of(data: bytes, public: bytes) -> bool:
    try:
        document = json.loads(data)
    except ValueError:
        return False
    for key in _numbers(document):
        number = str(key.get("x") or key.get("n"))
        if base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)) in public:
            return True
    return False


def find(folder: Path, public: bytes) -> list[str]:
    """What below a folder is, or may be, the private key of this public key (DER)."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        for half in {*_from_pem(data), *_from_der(data)}:
            if half is None:
                found.append(f"{path}: a private key that cannot be read")
            elif half == public:
                found.append(f"{path}: the private key")
        if _is_jwk_of(data, public):
            found.append(f"{path}: the private key as JWK")
    return found
