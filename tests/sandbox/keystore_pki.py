"""Certificates for tests of the keystore: others than those of the load balancer's PKI."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import keystore_x509 as x509
from certificates import run


class Pki:
    """A root, an intermediate, a leaf, each with its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = {name: x509.new_key("EC", None, "P-256") or ""
                     for name in ("root", "middle", "leaf")}
        for name, key in self.keys.items():
            (self.folder / f"{name}.key").write_text(key)
        self.root = self.pem("root", None)
        self.middle = self.pem("middle", "root")
        self.leaf = self.pem("leaf", "middle")

    def pem(self, name: str, issuer: Optional[str]) -> str:
        """A certificate, signed by the issuer or itself."""
        path = self.folder / f"{name}.pem"
        usage = f"basicConstraints=critical,CA:{'FALSE' if name == 'leaf' else 'TRUE'}"
        request = run("openssl", "req", "-new", "-key", self.folder / f"{name}.key", "-subj",
                      f"/CN={name}")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(usage)
        signer = issuer or name
        more = (["-CA", self.folder / f"{signer}.pem", "-CAkey", self.folder / f"{signer}.key"]
                if issuer else ["-signkey", self.folder / f"{name}.key"])
        path.write_bytes(run("openssl", "x509", "-req", "-days", "90", "-set_serial", "7",
                             "-extfile", extensions, *more, stdin=request))
        return path.read_text()

    def pkcs12(self, password: str, *chain: str) -> bytes:
        """Key and certificates of the leaf."""
        others = self.folder / "others.pem"
        others.write_text("".join(chain))
        return run("openssl", "pkcs12", "-export", "-inkey", self.folder / "leaf.key", "-in",
                   self.folder / "leaf.pem", *(["-certfile", others] if chain else []),
                   "-passout", f"pass:{password}")
