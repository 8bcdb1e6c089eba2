#!/usr/bin/env python3
"""Tests of certificate-to-user mappings (contract §7.3), whose key the server makes."""

from __future__ import annotations

import base64
import hashlib
import ssl
import sys
import unittest

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import CLIENTS, setUpModule  # noqa: E402
from selftest_writes import Writing  # noqa: E402


class CertificateUsers(Writing):
    """A key that the server makes."""

    def test_life(self) -> None:
        """Created, replaced, found by its user, deleted."""
        pem = CLIENTS["good"].leaf.read_text()
        body = {"User": "anna", "Certificate": base64.b64encode(pem.encode()).decode()}
        made = self.answers(201, "POST", "CertificateUserMappings", body).json["d"]
        der = ssl.PEM_cert_to_DER_cert(pem)
        self.assertEqual(made["Id"], hashlib.md5(der).hexdigest())
        self.answers(201, "POST", "CertificateUserMappings", {**body, "User": "berta"})
        found = self.read("CertificateUserMappings?$filter=User eq 'berta'")["results"]
        self.assertEqual([row["Id"] for row in found], [made["Id"]])
        self.answers(400, "GET", "CertificateUserMappings?$filter=Id eq 'x'")
        self.answers(400, "POST", "CertificateUserMappings", {**body, "Certificate": "eA=="})
        path = f"CertificateUserMappings('{made['Id']}')"
        self.assertEqual(self.read(path)["User"], "berta")
        self.answers(204, "DELETE", path)
        self.answers(404, "DELETE", path)


if __name__ == "__main__":
    unittest.main()
