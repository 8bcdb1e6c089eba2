#!/usr/bin/env python3
"""Tests of the simulated Destination service and the CA behind it (contract §11.2)."""

from __future__ import annotations

import base64
import json
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from certificates import certificates_in  # noqa: E402
from destinations import SET as CERTIFICATES  # noqa: E402
from nginx_config import CERT_HOST, DESTINATION_HOST  # noqa: E402
from selftest import (BOX, WORK, Answer, Client, info, once, register, run,  # noqa: E402
                      sandbox, scenario, setUpModule)
from selftest_oauth import COUNT, ask_token, at_host  # noqa: E402


def new_binding(name: str, *options: str) -> dict[str, Any]:
    """The document of a new binding."""
    out = WORK / f"{name}.binding.json"
    sandbox("destination", "--name", name, "--out", out, *options)
    if out.stat().st_mode & 0o777 != 0o600:
        raise AssertionError("a binding that others may read")
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def new_request(name: str, *kind: str) -> tuple[Path, str]:
    """A key, and its CSR as the service takes it."""
    key, csr = WORK / f"{name}.key", WORK / f"{name}.csr"
    run("openssl", "req", "-new", "-nodes", "-newkey",
        *(kind or ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")), "-keyout", key, "-out", csr,
        "-config", "/dev/null", "-subj", "/O=Overridden/CN=request")
    return key, base64.b64encode(csr.read_bytes()).decode()


def body(name: str, csr: str, **attributes: Any) -> dict[str, Any]:
    """The body of SAP's example."""
    return {"Name": name, "Attributes": {
        "CN": "shop", "Validity": {"TimeUnit": "DAYS", "Value": 30}, "AutomaticRenew": False,
        "CSR": csr, **attributes}}


class Destination(unittest.TestCase):
    """Certificates of the subaccount."""

    token: str

    @classmethod
    def setUpClass(cls) -> None:
        binding = new_binding("common")
        cls.addClassCleanup(sandbox, "destination", "--name", "common", "--remove")
        cls.token = cls.token_of(binding)

    @staticmethod
    def ask_token(binding: dict[str, Any], **changed: str) -> Answer:
        """A token request with the secret of a binding."""
        return ask_token(urlsplit(binding["url"]).hostname or "", None, **{
            "client_id": binding["clientid"], "client_secret": binding["clientsecret"], **changed})

    @classmethod
    def token_of(cls, binding: dict[str, Any]) -> str:
        """A token, by the secret of a binding."""
        return str(cls.ask_token(binding).json["access_token"])

    def ask(self, method: str = "GET", name: str = "", wish: Any = None,
            token: Optional[str] = None, **headers: str) -> Answer:
        """A request with a good token, or another."""
        sent = {"Authorization": f"Bearer {self.token if token is None else token}",
                "Content-Type": "application/json", **headers}
        data = wish if isinstance(wish, bytes) else json.dumps(wish).encode()
        return at_host(DESTINATION_HOST, None, CERTIFICATES + (f"/{name}" if name else ""),
                       method=method, headers=sent, body=None if wish is None else data)

    def refused(self, status: int, answer: Answer, part: str = "") -> None:
        """A refusal with a message."""
        self.assertEqual(answer.status, status, answer.body)
        self.assertIn(part, answer.json["ErrorMessage"])

    def enrol(self, name: str, *kind: str, **attributes: Any) -> tuple[Path, list[str]]:
        """Has a new key signed; the key and the certificates of the chain."""
        key, csr = new_request(name, *kind)
        made = self.ask("POST", wish=body(name, csr, **attributes))
        self.assertEqual(made.status, 201, made.body)
        answer = self.ask(name=name)
        self.assertEqual((answer.status, answer.json["Name"]), (200, name))
        return key, certificates_in(base64.b64decode(answer.json["Content"],
                                                     validate=True).decode())

    def shown(self, pem: str, *options: str) -> str:
        """What openssl says of a certificate."""
        path = WORK / "shown.pem"
        path.write_text(pem)
        return str(run("openssl", "x509", "-in", path, "-noout", *options).stdout)

    def left(self, pem: str) -> timedelta:
        """How long a certificate is valid from now on."""
        end = self.shown(pem, "-enddate").strip().partition("=")[2]
        until = datetime.strptime(end, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
        return until - datetime.now(timezone.utc)

    def same_key(self, key: Path, pem: str) -> bool:
        """Whether a certificate is for that key."""
        return bool(run("openssl", "pkey", "-in", key, "-pubout").stdout ==
                    self.shown(pem, "-pubkey"))

    # --- bindings and tokens -----------------------------------------------------------------

    def test_bindings_flat_and_wrapped(self) -> None:
        flat = new_binding("flat")
        self.assertEqual(flat["uri"], info()["destination_url"])
        self.assertLess({"clientid", "clientsecret", "uri", "url"}, set(flat))
        self.assertLess({"clientid", "clientsecret", "uri", "url"},
                        set(new_binding("wrapped", "--wrapped")["credentials"]))
        self.assertIn("already", sandbox("destination", "--name", "flat", "--out", WORK / "x",
                                         expect=1).stderr)
        self.assertIn("--out", sandbox("destination", "--name", "y", expect=1).stderr)
        for name in ("flat", "wrapped"):
            sandbox("destination", "--name", name, "--remove")
        sandbox("destination", "--name", "flat", "--remove", expect=1)

    def test_a_removed_binding_takes_its_tokens_along(self) -> None:
        binding = new_binding("gone")
        token = self.token_of(binding)
        self.assertEqual(self.ask(token=token).status, 200)
        sandbox("destination", "--name", "gone", "--remove")
        self.refused(401, self.ask(token=token))
        self.assertEqual(self.ask_token(binding).status, 401)

    def test_token_by_certificate(self) -> None:
        binding = new_binding("mutual", "--type", "x509")
        self.addCleanup(sandbox, "destination", "--name", "mutual", "--remove")
        self.assertNotIn("clientsecret", binding)
        key, chain, leaf = (WORK / f"mutual.{end}" for end in ("key", "pem", "leaf"))
        key.write_text(binding["key"])
        chain.write_text(binding["certificate"])
        leaf.write_text(certificates_in(binding["certificate"])[0])
        host = urlsplit(binding["certurl"]).hostname or ""
        self.assertEqual(host, CERT_HOST)
        answer = ask_token(host, Client(key, chain, leaf), client_id=binding["clientid"])
        self.assertEqual(self.ask(token=answer.json["access_token"]).status, 200)
        self.assertEqual(ask_token(host, None, client_id=binding["clientid"]).status, 401)

    def test_tokens_are_for_one_service(self) -> None:
        bearer = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(once(None, COUNT, headers=bearer).status, 401)
        key = register("tenant-key", "--type", "secret")["oauth"]
        self.addCleanup(sandbox, "unregister", "--name", "tenant-key")
        self.refused(401, self.ask(token=self.token_of({**key, "url": key["tokenurl"]})))

    def test_tokens_that_are_no_good(self) -> None:
        self.refused(401, self.ask(token="none"))
        self.refused(401, self.ask(Authorization="Basic YTpi"))
        self.assertEqual(at_host(DESTINATION_HOST, None, CERTIFICATES).status, 401)
        binding = new_binding("short")
        self.addCleanup(sandbox, "destination", "--name", "short", "--remove")
        self.assertEqual(self.ask_token(binding, client_secret="wrong").status, 401)
        with scenario("token_expires_in=4"):
            token = self.token_of(binding)
            self.assertEqual(self.ask(token=token).status, 200)
            time.sleep(4.05)
            self.refused(401, self.ask(token=token))
        with scenario("tokens_invalid=1"):
            self.refused(401, self.ask(token=self.token_of(binding)))
            self.assertEqual(self.ask(token=self.token_of(binding)).status, 200)

    # --- what is signed ----------------------------------------------------------------------

    def test_the_key_is_signed_and_nothing_else_of_the_request(self) -> None:
        for name, kind in (("ec.pem", ()), ("rsa.pem", ("rsa:2048",))):
            with self.subTest(name):
                key, chain = self.enrol(name, *kind, CN="Größe/a+b, c",
                                        Validity={"TimeUnit": "DAYS", "Value": 30})
                self.assertTrue(self.same_key(key, chain[0]))
                subject = self.shown(chain[0], "-subject", "-nameopt",
                                     "RFC2253,-esc_msb,utf8").strip()
                self.assertTrue(subject.startswith("subject=CN=Größe/a\\+b\\, c,"), subject)
                self.assertIn(",O=SAP SE,", subject)
                self.assertNotIn("Overridden", subject)
                self.assertIn("TLS Web Client Authentication",
                              self.shown(chain[0], "-ext", "extendedKeyUsage"))
                self.assertLess(abs(self.left(chain[0]) - timedelta(days=30)), timedelta(minutes=10))

    def test_the_chain_ends_with_the_root_or_before(self) -> None:
        _, chain = self.enrol("whole.pem")
        self.assertEqual(len(chain), 3)
        root = BOX / "sap-ca" / "root.pem"
        self.assertEqual(chain[2].strip(), root.read_text().strip())
        for name, pem in (("leaf", chain[0]), ("middle", chain[1])):
            (WORK / f"chain.{name}").write_text(pem)
        run("openssl", "verify", "-CAfile", root, "-untrusted", WORK / "chain.middle",
            "-purpose", "sslclient", WORK / "chain.leaf")
        with scenario("chain_without_root=1"):
            self.assertEqual(len(self.enrol("rootless.pem")[1]), 2)

    def test_a_certificate_of_its_own_opens_the_tenant(self) -> None:
        key, chain = self.enrol("works.pem")
        paths = Client(key, WORK / "works.chain", WORK / "works.leaf")
        paths.chain.write_text("".join(chain))
        paths.leaf.write_text(chain[0])
        self.assertEqual(once(paths, COUNT).status, 401)
        document = register("works", "--cert", paths.leaf)["oauth"]
        self.addCleanup(sandbox, "unregister", "--name", "works")
        self.assertEqual(once(paths, COUNT).status, 200)
        # the token server takes the root too, by default
        self.assertEqual(ask_token(CERT_HOST, paths, client_id=document["clientid"]).status, 200)

    def test_units_of_validity(self) -> None:
        for unit, value, days in (("MONTHS", 2, 60), ("YEARS", 1, 365), ("DAYS", 1, 1)):
            _, chain = self.enrol(f"{unit}.pem", Validity={"TimeUnit": unit, "Value": value})
            self.assertLess(abs(self.left(chain[0]) - timedelta(days=days)), timedelta(minutes=10),
                            unit)

    def test_what_may_be_left_out(self) -> None:
        _, csr = new_request("least")
        least = {"Name": "least.pem", "Attributes": {"CSR": csr}}
        self.assertEqual(self.ask("POST", wish=least).status, 201)
        chain = base64.b64decode(self.ask(name="least.pem").json["Content"]).decode()
        self.assertIn("CN=least", self.shown(chain, "-subject", "-nameopt", "RFC2253"))

    # --- the set -----------------------------------------------------------------------------

    def test_life(self) -> None:
        _, csr = new_request("life")
        wish = body("life.pem", csr)
        self.refused(404, self.ask(name="life.pem"))
        self.assertEqual(self.ask("POST", wish=wish).status, 201)
        self.refused(409, self.ask("POST", wish=wish), "exists")
        self.assertIn("life.pem", [row["Name"] for row in self.ask().json])
        self.assertEqual(self.ask("DELETE", "life.pem").json, {"Count": 1})
        self.refused(404, self.ask(name="life.pem"), "life.pem")
        self.refused(404, self.ask("DELETE", "life.pem"))
        self.assertEqual(self.ask("POST", wish=wish).status, 201)
        self.refused(405, self.ask("PUT", wish=wish))
        self.refused(405, self.ask("PUT", "life.pem", wish))

    def test_wrong_requests(self) -> None:
        _, csr = new_request("wrong")
        pem = base64.b64decode(csr)
        der = ssl_body(pem)
        forged = der[:-3] + bytes([der[-3] ^ 1]) + der[-2:]
        good = body("wrong.pem", csr)
        for part, wish in (
                ("no JSON", b"{"), ("no JSON object", []), ("Name", {**good, "Name": ""}),
                ("Name", {**good, "Name": "wrong"}), ("Name", {**good, "Name": "a/b.pem"}),
                ("Name", {**good, "Name": "x.txt"}), ("Name", {**good, "Name": 5}),
                ("Attributes", {"Name": "wrong.pem"}),
                ("CN", body("wrong.pem", csr, CN="")), ("CN", body("wrong.pem", csr, CN="x" * 65)),
                ("TimeUnit", body("wrong.pem", csr, Validity={"TimeUnit": "D", "Value": 1})),
                ("TimeUnit", body("wrong.pem", csr, Validity=30)),
                ("Value", body("wrong.pem", csr, Validity={"TimeUnit": "DAYS", "Value": 0})),
                ("Value", body("wrong.pem", csr, Validity={"TimeUnit": "DAYS", "Value": "3"})),
                ("so long", body("wrong.pem", csr, Validity={"TimeUnit": "YEARS", "Value": 9})),
                ("AutomaticRenew", body("wrong.pem", csr, AutomaticRenew="yes")),
                ("CSR is missing", body("wrong.pem", csr, CSR=None)),
                ("CSR is missing", body("wrong.pem", "")),
                ("cannot be read", body("wrong.pem", "eA==")),
                ("cannot be read", body("wrong.pem", "no base64")),
                ("cannot be read", body("wrong.pem", pem.decode())),
                ("cannot be read", body("wrong.pem", base64.b64encode(
                    pem_of(forged).encode()).decode()))):
            with self.subTest(part=part, wish=str(wish)[:60]):
                self.refused(400, self.ask("POST", wish=wish), part)
        self.refused(415, self.ask("POST", wish=good, **{"Content-Type": "text/plain"}))
        self.refused(404, self.ask(name="wrong.pem"))

    def test_other_paths(self) -> None:
        bearer = {"Authorization": f"Bearer {self.token}"}
        for path in ("/", "/destination-configuration/v1/instanceCertificates",
                     CERTIFICATES + "/a/b"):
            self.refused(404, at_host(DESTINATION_HOST, None, path, headers=bearer))
        self.assertEqual(at_host(DESTINATION_HOST, None, COUNT, headers=bearer).status, 404)
        self.assertEqual(once(None, CERTIFICATES, headers=bearer).status, 401)

    # --- switches ----------------------------------------------------------------------------

    def test_a_certificate_that_takes_its_time(self) -> None:
        _, csr = new_request("late")
        with scenario("enrol_delay=2"):
            self.ask("POST", wish=body("late.pem", csr))
            self.assertEqual([self.ask(name="late.pem").status for _ in range(3)], [404, 404, 200])

    def test_certificates_of_no_use(self) -> None:
        with scenario("enrol_gives=other_key"):
            key, chain = self.enrol("other.pem")
            self.assertFalse(self.same_key(key, chain[0]))
        with scenario("enrol_gives=no_eku"):
            _, chain = self.enrol("eku.pem")
            self.assertNotIn("Client Authentication", self.shown(chain[0], "-text"))
        with scenario("enrol_gives=no_chain"):
            self.assertEqual(len(self.enrol("alone.pem")[1]), 1)
        with scenario("enrol_gives=expired"):
            self.assertIn("2025 GMT", self.shown(self.enrol("old.pem")[1][0], "-enddate"))
        for word, content in (("empty", ""), ("garbage", "no base64!")):
            with scenario(f"enrol_gives={word}"):
                _, csr = new_request(word)
                self.ask("POST", wish=body(f"{word}.pem", csr))
                self.assertEqual(self.ask(name=f"{word}.pem").json["Content"], content)

    def test_faults(self) -> None:
        _, csr = new_request("fault")
        wish = body("fault.pem", csr)
        with scenario("error_status=503", "error_times=1", "retry_after=3"):
            answer = self.ask("POST", wish=wish)
            self.refused(503, answer)
            self.assertEqual(answer.headers["Retry-After"], "3")
            self.refused(404, self.ask(name="fault.pem"))  # it was not done
            self.assertEqual(self.ask("POST", wish=wish).status, 201)
        with scenario("no_answer=1"):
            lost = body("lost.pem", new_request("lost")[1])
            self.assertEqual(self.ask("POST", wish=lost).status, 502)
        self.assertEqual(self.ask(name="lost.pem").status, 200)  # it was done
        with scenario("error_status=502", "error_body=html"):
            self.assertEqual(self.ask(name="fault.pem").body[:5], b"<html")
        with scenario("bad_json=1"), self.assertRaises(ValueError):
            self.ask(name="fault.pem").json  # pylint: disable=expression-not-assigned
        self.assertEqual(self.ask(name="fault.pem").status, 200)

    def test_nothing_secret_is_kept_in_a_file(self) -> None:
        binding = new_binding("secretive")
        self.addCleanup(sandbox, "destination", "--name", "secretive", "--remove")
        token = self.token_of(binding)
        self.ask(token=token)
        for path in (*BOX.glob("*.log"), BOX / "service-keys.json"):
            for secret in (token, binding["clientsecret"]):
                self.assertNotIn(secret, path.read_text(), path)


def ssl_body(pem: bytes) -> bytes:
    """The DER of a PEM request."""
    return base64.b64decode("".join(pem.decode().split("\n")[1:-2]))


def pem_of(der: bytes) -> str:
    """The other way round."""
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"


if __name__ == "__main__":
    unittest.main(verbosity=1)
