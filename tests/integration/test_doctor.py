#!/usr/bin/env python3
"""cihsm doctor: each fault is made with real servers and tokens, and found in its layer."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import unittest
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional, Sequence

from harness import CA_SCRIPT, CANARY_PIN, SHIM, CihsmTest, Option, Result, tool
from tenants import Answer, CannedTenant, Sandbox, write_service_key
from test_proxy import Proxy
from tokens import KEYS, MODULE, ca_folder, chain_of, copy_token, request_of

LOGS = "MessageProcessingLogs"
KEY = "ec-p256"
STATES = {"ok", "warn", "fail", "skipped"}
LAYERS = ["configuration", "module", "token", "pin", "login", "key", "mechanisms", "certificate",
          "lint", "chain", "service-key", "proxy", "connect", "interception", "tls", "oauth",
          "http", "role", "csrf", "clock"]


class OpeningProxy(Proxy):
    """Leads every connection to a server of its own, as TLS inspection does."""

    def __init__(self, port: int) -> None:
        super().__init__()
        plain: Any = self.RequestHandlerClass

        def connect(handler: Any) -> None:
            handler.path = f"localhost:{port}"
            plain.do_CONNECT(handler)

        self.RequestHandlerClass = type("Handler", (plain,), {"do_CONNECT": connect})


@dataclass
class Fault:
    """What is wrong, and what the doctor has to say."""

    name: str
    layer: str
    cause: str
    changes: dict[str, Optional[Option]]  # of the options of a call that works; None: left out


class DoctorTest(CihsmTest):
    """One sandbox; a copy of the master token a test."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "20")
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def options(self, changes: Optional[dict[str, Optional[Option]]] = None,
                key: str = KEY) -> list[Option]:
        """The options of a call that works, with changes."""
        pairs = self.box.options(self.token, key)
        chosen = dict(zip(pairs[::2], pairs[1::2])) | (changes or {})
        return [part for name, value in chosen.items() if value is not None
                for part in (name, value)]

    def examine(self, *arguments: Option, **more: Any) -> Result:
        """A run whose report has the right form."""
        done = self.cihsm("doctor", "-o", "json", *arguments,
                          env={**self.token.env, **more.pop("env", {})}, **more)
        self.assertIn(done.code, (0, 13), done.err)
        report = done.json
        self.assertEqual([row["layer"] for row in report["layers"]], LAYERS)
        for row in report["layers"]:
            self.assertIn(row["state"], STATES)
            self.assertNotEqual(row["what"], "")
            self.assertEqual(row["action"] is not None, row["state"] in ("warn", "fail"), row)
        self.assertEqual(report["well"], done.code == 0)
        return done

    def finds(self, layer: str, cause: str, *arguments: Option, **more: Any) -> Result:
        """A run that names this layer, this cause, and nothing else."""
        done = self.examine(*arguments, **more)
        self.assertEqual(done.code, 13, done.out)
        rows = {row["layer"]: row for row in done.json["layers"]}
        failed = [name for name in LAYERS if rows[name]["state"] == "fail"]
        self.assertEqual(failed, [layer], json.dumps(rows.get(failed[0] if failed else layer)))
        self.assertEqual(done.json["failed"], layer)
        self.assertIn(cause, rows[layer]["what"])
        for name in LAYERS[:LAYERS.index(layer)]:
            self.assertFalse(rows[name]["what"].startswith("needs "), f"{name} was blocked")
        self.assertIn(f"layer {layer} failed: ", done.err)
        return done

    def finds_each(self, faults: Sequence[Fault], *arguments: Option) -> None:
        """A table of faults that options make."""
        for fault in faults:
            with self.subTest(fault.name):
                self.finds(fault.layer, fault.cause, *arguments, *self.options(fault.changes))

    def is_well(self, *arguments: Option, **more: Any) -> dict[str, Any]:
        """A run that finds nothing; the rows by their layer."""
        done = self.examine(*arguments, **more)
        self.assertEqual(done.code, 0, done.out + done.err)
        return {row["layer"]: row for row in done.json["layers"]}

    def issued(self, *options: str, ca: Optional[Path] = None, name: str = "issued") -> Path:
        """Another chain for the key."""
        path = self.folder / f"{name}.pem"
        tool(CA_SCRIPT, "issue", ca or ca_folder(), request_of(KEY), path, *options)
        return path

    def with_chain(self, name: str, chain: Path) -> list[Option]:
        """The options with that chain and a service key made for it."""
        return self.options({"--service-key": self.box.register(name, chain, [
            "MonitoringDataRead"]), "--chain": chain})


class HealthyTest(DoctorTest):
    """Nothing is found where nothing is wrong."""

    def test_every_key_of_a_token_by_certificate_and_by_oauth(self) -> None:
        """RSA and EC; no warning either."""
        for key in KEYS:
            for way in ("certificate", "oauth-certificate"):
                with self.subTest(key=key, way=way):
                    rows = self.is_well("--for", LOGS, "--auth", way, *self.options(key=key))
                    self.assertEqual({row["state"] for row in rows.values()} - {"ok", "skipped"},
                                     set())
                    skipped = [name for name in LAYERS if rows[name]["state"] == "skipped"]
                    self.assertEqual(skipped, ["oauth"] if way == "certificate" else [])

    def test_the_other_types_of_service_keys(self) -> None:
        """They need no token; a private key in a file is a warning."""
        for kind, ways in (("certificate", ("certificate", "oauth-certificate")),
                           ("secret", ("oauth-secret",))):
            path = self.box.register_type(f"healthy-{kind}", kind)
            for way in ways:
                with self.subTest(kind=kind, way=way):
                    rows = self.is_well("--for", LOGS, "--auth", way, "--service-key", path,
                                        "--ca", self.box.ca)
                    self.assertEqual(rows["login"]["state"], "skipped")
                    self.assertEqual(rows["http"]["state"], "ok")
                    self.assertEqual(rows["role"]["state"], "ok")

    def test_without_a_resource_the_service_document_is_asked(self) -> None:
        """Then nothing is said about roles."""
        self.assertEqual(self.is_well(*self.options())["role"]["state"], "skipped")

    def test_through_a_proxy_that_is_named(self) -> None:
        """Without its login."""
        proxy = Proxy()
        self.addCleanup(proxy.stop)
        url = proxy.url.replace("http://", "http://user:Canary-proxy-91c2@")
        rows = self.is_well(*self.options(), env={"https_proxy": url, "no_proxy": ""})
        self.assertIn(proxy.url.removeprefix("http://"), rows["proxy"]["what"])
        self.assertNotIn("Canary", json.dumps(rows))

    def test_with_the_roots_of_the_load_balancer(self) -> None:
        """Then the root is known to be accepted."""
        rows = self.is_well("--lb-roots", ca_folder() / "root.pem", *self.options())
        self.assertIn("lead to a root of the load balancer", rows["chain"]["what"])

    def test_with_the_certificates_on_the_token(self) -> None:
        """Instead of a chain file."""
        self.succeeds("cert", "import", chain_of(KEY), *self.token.options(KEY),
                      env=self.token.env)
        rows = self.is_well("--for", LOGS, *self.options({"--chain": None}))
        self.assertIn("leaf and 1 intermediate", rows["chain"]["what"])

    def test_one_login_and_two_signatures(self) -> None:
        """The block and the handshake; the PIN is offered once."""
        done = self.examine("-vvv", *self.options())
        self.assertEqual((done.count("C_Login"), done.count("C_Sign")), (1, 2))
        self.assertEqual(done.calls[-1], "C_Finalize")


class LocalFaultTest(DoctorTest):
    """Faults of files, options and the token."""

    def test_configuration(self) -> None:
        """Files that are missing or are something else."""
        no_json = self.write("broken.json", "{")
        secret = self.box.register_type("of-secret", "secret")
        self.finds_each([
            Fault("no service key", "configuration", "no service key is given",
                  {"--service-key": None}),
            Fault("no such file", "configuration", "absent.json",
                  {"--service-key": self.folder / "absent.json"}),
            Fault("no JSON", "configuration", "broken.json", {"--service-key": no_json}),
            Fault("a way that the type cannot go", "configuration", "--auth oauth-secret",
                  {"--service-key": secret, "--auth": "certificate"}),
            Fault("no chain file", "configuration", "chain", {"--chain": self.folder / "absent"}),
            Fault("roots that are none", "configuration", "holds no certificate",
                  {"--ca": no_json}),
            Fault("a list of roots that is none", "configuration", "list of roots",
                  {"--lb-roots": no_json}),
            Fault("a malformed URI", "configuration", "colour", {"--token": "pkcs11:colour=red"}),
            Fault("no module given", "configuration", "no PKCS#11 module", {"--module": None}),
        ])

    def test_a_resource_that_is_none_is_an_error_of_usage(self) -> None:
        """Before any PIN."""
        self.refuses(2, "is no entity set of the API", "doctor", "--for", "Nonsense",
                     *self.options(), env=self.token.env)
        self.refuses(2, "did you mean MessageProcessingLogs", "doctor", "--for", LOGS[:-1],
                     *self.options(), env=self.token.env)
        self.refuses(8, "Nonsense", "doctor", "--for", f"{LOGS}('x')/Nonsense", *self.options(),
                     env=self.token.env)

    def test_module_and_token(self) -> None:
        """Not there, not one, not the right one."""
        spare = self.cihsm("token", "list", "-o", "json", "--module", MODULE,
                           env=self.token.env).json
        slot = next(row["Uri"] for row in spare if "slot-id" in row["Uri"])  # the spare one
        self.finds_each([
            Fault("no such module", "module", "absent.so",
                  {"--module": self.folder / "absent.so"}),
            Fault("no module at all", "module", "broken.so",
                  {"--module": self.write("broken.so", "no library")}),
            Fault("no such token", "token", "no such token", {"--token": "pkcs11:token=other"}),
            Fault("not initialised", "token", "is not initialised",
                  {"--token": slot, "--key": f"pkcs11:object={KEY}"}),
        ])

    def test_login_and_key(self) -> None:
        """PINs that are wrong or cannot be had, keys that are not there."""
        self.finds_each([
            Fault("no PIN file", "login", "absent", {"--pin-source": "file:/absent/pin"}),
            Fault("no such key", "key", "no such key", {"--key": "pkcs11:object=nowhere"}),
            Fault("no certificate on the token", "chain", "is not in the chain",
                  {"--chain": None}),
            Fault("several keys", "key", "several", {"--key": None}),
        ])
        wrong = self.write("wrong", "Wrong-PIN-1234")
        done = self.finds("login", "refused the PIN", "-vvv",
                          *self.options({"--pin-source": f"file:{wrong}"}))
        self.assertEqual(done.count("C_Login"), 1)
        self.assertNotIn("Wrong-PIN-1234", done.out + done.err)

    def test_a_chain_of_another_key(self) -> None:
        """Shown by a signature that does not verify."""
        self.finds("certificate", "does not belong to", *self.options({
            "--chain": chain_of("rsa-2048"), "--service-key": self.box.service_key("rsa-2048")}))

    def test_certificates_that_are_refused(self) -> None:
        """Each by the layer that knows the rule."""
        foreign = self.folder / "foreign"
        tool(CA_SCRIPT, "init", foreign, "--name", "Foreign")
        cases: list[tuple[str, str, Path, list[Option]]] = [
            ("lint", "expired", self.issued("--expired", name="expired"), []),
            ("lint", "clientAuth", self.issued("--eku", "serverAuth", name="eku"), []),
            ("chain", "is not in the chain", self.issued("--leaf-only", name="leaf"), []),
            ("chain", "Foreign", self.issued(ca=foreign, name="unlisted"),
             ["--lb-roots", ca_folder() / "root.pem"]),
        ]
        for number, (layer, cause, chain, more) in enumerate(cases):
            with self.subTest(layer=layer, cause=cause):
                self.finds(layer, cause, *more, *self.with_chain(f"refused-{number}", chain))

    def test_a_renewed_certificate_and_an_old_service_key(self) -> None:
        """The key fits both; the tenant knows only one."""
        self.finds("service-key", "is not the certificate of the service key",
                   *self.options({"--chain": self.issued()}))

    def test_details_of_another_certificate(self) -> None:
        """A service key put together from two."""
        document = json.loads(self.box.service_key(KEY).read_text())
        fields = document.get("oauth", document)
        fields["certificatedetails"] = {"issuerdn": "CN=Somebody", "serialnumber": "1",
                                        "subjectdn": "CN=Else", "validuntil": "2099-01-01"}
        self.finds("service-key", "certificatedetails", *self.options({
            "--service-key": self.write("mixed.json", json.dumps(document))}))


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class ShimFaultTest(DoctorTest):
    """States of tokens that SoftHSM never reaches."""

    def shimmed(self, rules: str) -> dict[str, str]:
        """The environment of a run through the shim."""
        return {"CIHSM_SHIM_MODULE": str(MODULE),
                "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n")),
                "CIHSM_SHIM_REPORT": str(self.folder / "report")}

    def test_each_fault_of_a_token(self) -> None:
        """No PIN is offered where that could do harm."""
        cases = [
            ("C_Initialize -> CKR_GENERAL_ERROR", "module", "CKR_GENERAL_ERROR", 0),
            ("C_GetSlotList -> CKR_DEVICE_ERROR", "token", "CKR_DEVICE_ERROR", 0),
            ("C_GetTokenInfo -> flags +USER_PIN_LOCKED", "pin", "the PIN is locked", 0),
            ("C_GetTokenInfo -> flags +USER_PIN_FINAL_TRY", "pin", "so none is tried", 0),
            ("C_GetTokenInfo -> flags +USER_PIN_TO_BE_CHANGED", "pin", "must be changed", 0),
            ("C_GetTokenInfo -> flags -USER_PIN_INITIALIZED", "pin", "no user PIN yet", 0),
            ("C_Login -> CKR_DEVICE_REMOVED", "login", "CKR_DEVICE_REMOVED", 1),
            ("C_Login -> CKR_PIN_EXPIRED", "login", "CKR_PIN_EXPIRED", 1),
            ("C_FindObjectsInit -> CKR_DEVICE_ERROR", "key", "CKR_DEVICE_ERROR", 1),
            ("C_Sign -> CKR_FUNCTION_FAILED", "certificate", "CKR_FUNCTION_FAILED", 2),
            ("C_Sign #2 -> CKR_DEVICE_MEMORY", "tls", "CKR_DEVICE_MEMORY", 1),
        ]
        for rules, layer, cause, logins in cases:
            with self.subTest(rules=rules):
                env = self.shimmed(rules)
                self.finds(layer, cause, *self.options({"--module": SHIM}), env=env)
                counted = {name: int(value) for name, value in
                           (line.split() for line in
                            (self.folder / "report").read_text().splitlines())}
                self.assertEqual(counted.get("C_Login", 0), logins)
                self.assertEqual(counted["sessions-opened"],
                                 counted["sessions-closed"] + counted["sessions-dropped"])
                self.assertEqual(counted["refused-pins-repeated"], 0)

    def test_a_refused_pin_ends_the_waiting(self) -> None:
        """A handshake that asks for a PIN is not repeated, though others are."""
        for code, text in (("CKR_PIN_INCORRECT", ""), ("CKR_DEVICE_MEMORY", "waiting, layer tls")):
            with self.subTest(code=code):
                env = self.shimmed(f"C_Sign #2 -> {code}")
                done = self.examine("--wait", "20s", *self.options({"--module": SHIM}), env=env)
                self.assertEqual(done.json["failed"], None if text else "tls")
                self.assertEqual("waiting" in done.err, bool(text), done.err)

    def test_the_final_try_is_not_allowed_to_the_doctor(self) -> None:
        """Not even with the option that allows it elsewhere."""
        env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_FINAL_TRY")
        self.finds("pin", "so none is tried", "--allow-final-try",
                   *self.options({"--module": SHIM}), env=env)

    def test_a_count_that_is_low_is_a_warning(self) -> None:
        """It goes on."""
        env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_COUNT_LOW")
        rows = self.is_well(*self.options({"--module": SHIM}), env=env)
        self.assertEqual(rows["pin"]["state"], "warn")

    def test_a_mechanism_that_is_not_listed_is_a_warning(self) -> None:
        """The list is a hint, the signature is the proof."""
        self.token.configure("slots.mechanisms = -,CKM_ECDSA")
        done = self.examine(*self.options())
        self.assertEqual(done.json["layers"][LAYERS.index("mechanisms")]["state"], "warn")
        self.assertEqual(done.json["failed"], "certificate")  # SoftHSM means its list

    def test_a_token_without_pss(self) -> None:
        """A warning at its list, a failure at the handshake that needs it."""
        env = self.shimmed("C_SignInit mechanism CKM_RSA_PKCS_PSS -> CKR_MECHANISM_INVALID")
        self.finds("tls", "CKR_MECHANISM_INVALID",
                   *self.options({"--module": SHIM}, key="rsa-2048"), env=env)


class NetworkFaultTest(DoctorTest):
    """Faults between here and the tenant."""

    def key_for(self, url: str) -> Path:
        """A service key of this certificate for another host."""
        return write_service_key(self.folder / "elsewhere.json", url, chain_of(KEY))

    def test_hosts_that_are_not_there(self) -> None:
        """DNS, and TCP."""
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        for url, cause in (("https://nowhere.invalid", "is not known"),
                           (f"https://localhost:{port}", "no connection to")):
            with self.subTest(url=url):
                self.finds("connect", cause, *self.options({"--service-key": self.key_for(url)}))

    def test_proxies(self) -> None:
        """Not there, wants a login, forbids the host."""
        gone = Proxy()
        gone.stop()
        self.finds("connect", "cannot be reached", *self.options(),
                   env={"https_proxy": gone.url, "no_proxy": ""})
        self.finds("connect", "cannot be reached", *self.options(),
                   env={"https_proxy": "http://nowhere.invalid:3128", "no_proxy": ""})
        for status, cause in ((407, "wants a login"), (403, "refuses the way")):
            with self.subTest(status=status):
                proxy = Proxy(status)
                self.addCleanup(proxy.stop)
                self.finds("connect", cause, *self.options(),
                           env={"https_proxy": proxy.url, "no_proxy": ""})

    def test_a_proxy_that_opens_tls(self) -> None:
        """Known by the issuer of what it shows."""
        opener = CannedTenant(asks_certificate=False)
        self.addCleanup(opener.stop)
        proxy = OpeningProxy(opener.port)
        self.addCleanup(proxy.stop)
        self.finds("interception", "CN=Canned Server", *self.options(),
                   env={"https_proxy": proxy.url, "no_proxy": ""})

    def test_servers_that_are_not_believed(self) -> None:
        """Unknown issuer, other name, no TLS at all."""
        canned = CannedTenant(host="elsewhere.example")
        self.addCleanup(canned.stop)
        self.finds("tls", "is not trusted", *self.options({"--ca": canned.ca}))
        self.finds("tls", "is not for localhost", *canned.options(self.token))
        plain = Proxy()
        self.addCleanup(plain.stop)
        setattr(plain, "handle_error", lambda *_: None)  # TLS is no HTTP to it
        url = plain.url.replace("http://127.0.0.1", "https://localhost")
        self.finds("tls", "does not speak TLS",
                   *self.options({"--service-key": self.key_for(url)}))

    def test_a_server_that_asks_for_no_certificate(self) -> None:
        """Another host, or something in between."""
        canned = CannedTenant(asks_certificate=False)
        self.addCleanup(canned.stop)
        self.finds("tls", "did not ask for a client certificate", *canned.options(self.token))

    def test_a_root_that_the_server_does_not_name(self) -> None:
        """It lists its CAs, ours is not among them."""
        foreign = self.folder / "foreign"
        tool(CA_SCRIPT, "init", foreign, "--name", "Foreign")
        self.finds("tls", "no issuer of our chain",
                   *self.with_chain("foreign", self.issued(ca=foreign)))

    @contextmanager
    def openssl_server(self, *options: str) -> Iterator[list[Option]]:
        """The options of a call to a server that nobody would configure like this."""
        key, certificate = self.folder / "server.key", self.folder / "server.pem"
        tool(CA_SCRIPT, "init", self.folder / "ca", "--name", "Odd Server")
        tool(CA_SCRIPT, "server", self.folder / "ca", "localhost", key, certificate)
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
                   certificate, "-cert_chain", certificate, "-key", key, *options]
        with subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            self.wait_for(port)
            try:
                yield self.options({"--service-key": self.key_for(f"https://localhost:{port}"),
                                    "--ca": self.folder / "ca" / "root.pem"})
            finally:
                server.terminate()

    def wait_for(self, port: int) -> None:
        """Until somebody listens there."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    return
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.fail("the server did not start")

    def test_a_server_that_takes_no_signature_of_this_key(self) -> None:
        """RSA only, and the key is an EC key."""
        with self.openssl_server("-verify", "3", "-client_sigalgs", "RSA+SHA256",
                                 "-tls1_2") as options:
            self.finds("tls", "no signature algorithm of this key", *options)

    def test_a_server_with_an_old_version_of_tls(self) -> None:
        """1.2 is the least."""
        with self.openssl_server("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0") as options:
            self.finds("tls", "TLS", *options)

    def test_a_server_that_never_answers_the_handshake(self) -> None:
        """TCP is there, TLS is not."""
        with socket.create_server(("127.0.0.1", 0)) as mute:
            url = f"https://localhost:{mute.getsockname()[1]}"
            self.finds("tls", "the TLS handshake did not end", "--connect-timeout", "1",
                       *self.options({"--service-key": self.key_for(url)}))


class TenantFaultTest(DoctorTest):
    """Faults of the tenant and of what it knows of us."""

    def test_a_certificate_in_no_service_key(self) -> None:
        """401, and everything below is well."""
        chain = self.issued()
        options = self.with_chain("gone", chain)
        self.box.unregister("gone")
        for form in ("json", "html", "empty"):
            with self.subTest(form=form), self.box.scenario(f"body_401={form}"):
                self.finds("http", "finds no service key for the certificate", *options)

    def test_statuses(self) -> None:
        """Told apart."""
        cases = [("no_route=1", "http", "404: there is no OData API"),
                 ("error_status=429", "http", "429: the tenant is busy"),
                 ("error_status=503", "http", "503: the tenant failed"),
                 ("redirect=https://login.example/", "http", "redirects to https://login.example/"),
                 ("role_missing=1", "role", "lacks the role for MessageProcessingLogs: "
                                            "MonitoringDataRead")]
        for switch, layer, cause in cases:
            with self.subTest(switch=switch), self.box.scenario(switch):
                done = self.finds(layer, cause, "--for", LOGS, *self.options())
        self.assertIn("an hour", done.err)

    def test_a_set_that_the_tenant_does_not_have(self) -> None:
        """It says so itself, unlike a router without a route."""
        with self.box.scenario("error_status=404", "error_body=json"):
            self.finds("http", "404: the tenant has no", "--for", LOGS, *self.options())

    def test_answers_that_do_not_come(self) -> None:
        """Too slow, or cut off: TLS was well before."""
        with self.box.scenario("delay_ms=4000"):
            self.finds("http", "did not answer completely within 1000 ms", "--timeout", "1",
                       *self.options())
        with self.box.scenario("truncate_body=5"):
            self.finds("http", "was lost before the answer was complete", "--for", LOGS,
                       *self.options())

    def test_a_token_host_that_is_not_there(self) -> None:
        """The API host is."""
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        document = json.loads(self.box.service_key(KEY).read_text())
        fields = document.get("oauth", document)
        fields["tokenurl"] = f"https://sandbox.authentication.cert.localhost:{port}/oauth/token"
        self.finds("oauth", "no OAuth token: no connection to", "--auth", "oauth-certificate",
                   *self.options({"--service-key": self.write("dead.json",
                                                              json.dumps(document))}))

    def test_certificates_that_open_nothing(self) -> None:
        """Dropped without a word, unknown, in several service keys: all the same 401."""
        for fate in ("dropped", "unknown", "ambiguous"):
            with self.subTest(fate=fate), self.box.scenario(f"certificate={fate}"):
                self.finds("http", "finds no service key for the certificate", *self.options())

    def test_a_root_that_is_neither_known_nor_named(self) -> None:
        """Then the action names the list to look at."""
        foreign = self.folder / "foreign"
        tool(CA_SCRIPT, "init", foreign, "--name", "Foreign")
        options = self.with_chain("unnamed", self.issued(ca=foreign))
        with self.box.scenario("ca_names=none"):
            done = self.finds("http", "finds no service key for the certificate", *options)
        self.assertIn("SAP Note 2801396", done.json["layers"][LAYERS.index("http")]["action"])

    def test_names_of_others_are_a_warning_while_it_works(self) -> None:
        """The load balancer takes more than it says."""
        with self.box.scenario("ca_names=other"):
            self.assertEqual(self.is_well(*self.options())["tls"]["state"], "warn")

    def test_a_role_that_is_cached_away(self) -> None:
        """It was added, and does not work yet."""
        chain = self.issued()
        with self.box.scenario("role_delay=3600"):
            self.box.register("cached", chain, ["WorkspacePackagesRead"])
            self.box.register("cached", chain, ["MonitoringDataRead"])
            done = self.finds("role", "MonitoringDataRead", "--for", LOGS, *self.options({
                "--service-key": self.box.folder / "cached.json", "--chain": chain}))
        self.assertIn("can take an hour", done.json["layers"][LAYERS.index("role")]["action"])

    def test_the_api_is_not_there(self) -> None:
        """404 for the service document."""
        with self.box.scenario("error_status=404"):
            self.finds("http", "there is no OData API", *self.options())

    def test_a_role_of_another_resource(self) -> None:
        """The instance has one role, and needs another."""
        options = self.options({"--service-key": self.box.register(
            "read-only", self.issued(), ["WorkspacePackagesRead"]),
            "--chain": self.folder / "issued.pem"})
        self.finds("role", "MonitoringDataRead", "--for", LOGS, *options)

    def test_a_web_page_instead_of_data(self) -> None:
        """A host of the user interface."""
        canned = CannedTenant()
        self.addCleanup(canned.stop)
        canned.says(Answer(b"<html></html>", 200, "text/html"))
        self.finds("http", "text/html instead of data", *canned.options(self.token))

    def test_a_clock_that_is_wrong_is_a_warning(self) -> None:
        """By the Date of the answer."""
        for offset, cause in (("-4000", "ahead of that of the server"),
                              ("4000", "behind that of the server")):
            with self.subTest(offset=offset), self.box.scenario(f"date_offset={offset}"):
                row = self.is_well(*self.options())["clock"]
                self.assertEqual(row["state"], "warn")
                self.assertIn(cause, row["what"])

    def test_token_servers(self) -> None:
        """No token, for several reasons."""
        secret = self.box.register_type("oauth-faults", "secret")
        options: list[Option] = ["--service-key", secret, "--ca", self.box.ca]
        for switch, cause in (("oauth_error=Bad credentials", "Bad credentials"),
                              ("oauth_status=503", "503 from token server"),
                              ("oauth_html=1", "no JSON object")):
            with self.subTest(switch=switch), self.box.scenario(switch):
                self.finds("oauth", cause, *options)
        with self.box.scenario("tokens_invalid=2"):
            self.finds("http", "refuses a token just issued", *options)


class OutputTest(DoctorTest):
    """What it prints, writes, and waits for."""

    def test_a_table_that_cuts_nothing(self) -> None:
        """The action stands below its cause."""
        options = self.options({"--key": "pkcs11:object=nowhere"})
        done = self.cihsm("doctor", *options, env=self.token.env)
        self.assertEqual(done.code, 13)
        self.assertRegex(done.out, r"(?m)^key +fail +[0-9.]+ +no such key")
        self.assertRegex(done.out, r"(?m)^ +action: +choose the key by --key")
        self.assertRegex(done.out, r"(?m)^mechanisms +skipped +0.0 +needs key, which failed$")
        self.message(done, ["layer key failed: ", "choose the key by --key"])

    def test_json_lines_are_the_layers(self) -> None:
        """One each."""
        done = self.succeeds("doctor", "-o", "jsonl", *self.options(), env=self.token.env)
        self.assertEqual([row["layer"] for row in done.jsonl], LAYERS)

    def test_a_report_for_others(self) -> None:
        """Token and PIN are masked, hosts are kept, nobody else may read it."""
        path = self.folder / "report.json"
        self.succeeds("doctor", "--report", path, *self.options(), env=self.token.env)
        text = path.read_text()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        for secret in (CANARY_PIN, "serial=", "token=integration"):
            self.assertNotIn(secret, text)
        self.assertIn("pkcs11:***", text)
        self.assertIn(self.box.url, text)
        self.assertEqual([row["layer"] for row in json.loads(text)["layers"]], LAYERS)

    def test_it_waits_until_it_is_well(self) -> None:
        """A key that is registered meanwhile; the PIN is asked for once."""
        chain = self.issued()
        options = self.with_chain("late", chain)
        self.box.unregister("late")
        later = threading.Timer(3, self.with_chain, ("late", chain))
        later.start()
        self.addCleanup(later.join)
        done = self.examine("--wait", "40s", "-vvv", *options)
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("waiting, layer http: 401", done.err)
        self.assertEqual(done.count("C_Login"), 1)

    def test_it_does_not_wait_for_what_time_cannot_heal(self) -> None:
        """A key that is not there."""
        start = time.monotonic()
        done = self.finds("key", "no such key", "--wait", "15m",
                          *self.options({"--key": "pkcs11:object=nowhere"}))
        self.assertNotIn("waiting", done.err)
        self.assertLess(time.monotonic() - start, 20)

    def test_a_wait_that_ends_in_vain(self) -> None:
        """The last look counts."""
        with self.box.scenario("error_status=503"):
            start = time.monotonic()
            done = self.finds("http", "503", "--wait", "2", *self.options())
        self.assertGreaterEqual(time.monotonic() - start, 2)
        self.assertEqual(done.err.count("waiting, layer http: 503"), 1)

    def test_times_that_are_none(self) -> None:
        """A sentence of usage."""
        for text in ("", "m", "15x", "-1", "0", "25h", "1h30"):
            with self.subTest(text=text):
                self.refuses(2, "--wait takes a time", "doctor", f"--wait={text}",
                             *self.options(), env=self.token.env)


if __name__ == "__main__":
    unittest.main()
