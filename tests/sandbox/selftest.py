#!/usr/bin/env python3
"""Tests of the sandbox with Python's own TLS and HTTP client and software keys."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Optional
from urllib.parse import quote, urlsplit

sys.dont_write_bytecode = True

import scenario as scenes  # noqa: E402 pylint: disable=wrong-import-position

HERE = Path(__file__).resolve().parent
ENTRIES = 2500
LOG_SECONDS = 10
SET = "/api/v1/MessageProcessingLogs"
ATOM = "{http://www.w3.org/2005/Atom}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
EDM = "{http://schemas.microsoft.com/ado/2008/09/edm}"

WORK = Path(tempfile.mkdtemp(prefix="sandbox-selftest."))
BOX = WORK / "box with space"


def run(*command: Any, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs a command and checks its exit code."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != expect:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def sandbox(command: str, *arguments: Any, directory: Path = BOX,
            expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs sandbox.py on a sandbox directory."""
    return run(sys.executable, HERE / "sandbox.py", command, "--dir", directory, *arguments,
               expect=expect)


@dataclass(frozen=True)
class Client:
    """A software key with its certificates."""

    key: Path
    chain: Path
    leaf: Path


def make_client(name: str, authority: Path, *options: str, rsa: bool = False) -> Client:
    """A key, a CSR and a certificate from a test CA."""
    key, csr = WORK / f"{name}.key", WORK / f"{name}.csr"
    kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    run("openssl", "req", "-new", "-nodes", "-newkey", *kind, "-keyout", key, "-out", csr,
        "-config", "/dev/null", "-subj", f"/O=Selftest/CN={name}")
    chain, leaf = WORK / f"{name}.pem", WORK / f"{name}.leaf.pem"
    run(HERE / "ca.sh", "issue", authority, csr, chain, *options)
    leaf.write_bytes(run("openssl", "x509", "-in", chain).stdout.encode())
    return Client(key, chain, leaf)


@dataclass
class Answer:
    """One HTTP answer, read completely."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def xml(self) -> ElementTree.Element:
        """The body as XML."""
        return ElementTree.fromstring(self.body)


def context(client: Optional[Client] = None, *, leaf_only: bool = False,
            tls: Optional[ssl.TLSVersion] = None, box: Path = BOX) -> ssl.SSLContext:
    """A TLS context that trusts the sandbox and shows the client's certificate."""
    made = ssl.create_default_context(cafile=str(box / "server-ca" / "root.pem"))
    if tls is not None:
        made.minimum_version = made.maximum_version = tls
    if client is not None:
        made.load_cert_chain(client.leaf if leaf_only else client.chain, client.key)
    return made


def info(box: Path = BOX) -> dict[str, Any]:
    """The sandbox.json of a sandbox."""
    found: dict[str, Any] = json.loads((box / "sandbox.json").read_text())
    return found


def connect(tls: ssl.SSLContext, box: Path = BOX) -> http.client.HTTPSConnection:
    """A connection to the load balancer."""
    return http.client.HTTPSConnection("localhost", info(box)["port"], context=tls, timeout=10)


def ask(connection: http.client.HTTPConnection, target: str, method: str = "GET",
        headers: Optional[dict[str, str]] = None, body: Optional[bytes] = None) -> Answer:
    """One request on an open connection."""
    connection.request(method, target, body=body, headers=headers or {})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def once(client: Optional[Client], target: str, **more: Any) -> Answer:
    """One request on a connection of its own."""
    tls = more.pop("tls", None) or context(client)
    box = more.pop("box", BOX)
    with contextlib.closing(connect(tls, box)) as connection:
        return ask(connection, target, **more)


def resumed(tls: ssl.SSLContext, session: Any, box: Path = BOX) -> tuple[int, bool]:
    """Status of a request on a resumed session, and whether it was resumed."""
    plain = connect(tls, box)
    http.client.HTTPConnection.connect(plain)
    plain.sock = tls.wrap_socket(plain.sock, server_hostname="localhost", session=session)
    reused = plain.sock.session_reused
    status = ask(plain, SET + "/$count").status
    plain.close()
    return status, bool(reused)


JSON = {"Accept": "application/json"}
TRUSTED, FOREIGN = WORK / "ca", WORK / "foreign"
CLIENTS: dict[str, Client] = {}


def setUpModule() -> None:  # pylint: disable=invalid-name
    """Two CAs of the same name, one trusted; clients; one sandbox for all tests."""
    unittest.addModuleCleanup(shutil.rmtree, WORK)
    unittest.addModuleCleanup(sandbox, "stop")
    for authority in (TRUSTED, FOREIGN):
        run(HERE / "ca.sh", "init", authority)
    for name in ("good", "norole", "unknown", "noeku", "expired", "second"):
        options = {"noeku": ["--eku", "serverAuth"], "expired": ["--expired"]}.get(name, [])
        CLIENTS[name] = make_client(name, TRUSTED, *options, rsa=name == "good")
    CLIENTS["foreign"] = make_client("foreign", FOREIGN)
    sandbox("start", "--entries", ENTRIES, "--client-root", TRUSTED / "root.pem")
    for name in ("good", "noeku", "expired", "foreign"):
        register(name, "--cert", CLIENTS[name].leaf)
    register("norole", "--cert", CLIENTS["norole"].leaf, "--role", "WorkspacePackagesRead")


def register(name: str, *arguments: Any, expect: int = 0) -> Any:
    """Registers a key and returns its document."""
    out = WORK / f"{name}.json"
    done = sandbox("register", "--name", name, "--out", out, *arguments, expect=expect)
    return json.loads(out.read_text()) if expect == 0 else done.stderr


@contextlib.contextmanager
def scenario(*switches: str) -> Iterator[None]:
    """Switches that hold for a block; the command line is not needed to throw them."""
    scenes.change(BOX, list(switches), True)
    try:
        yield
    finally:
        scenes.change(BOX, [], True)


class Identity(unittest.TestCase):
    """Contract §1.1, §1.2, §10.1: who gets in."""

    def test_known_certificate(self) -> None:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                self.assertEqual(once(None, SET + "/$count", tls=context(
                    CLIENTS["good"], tls=version)).body, str(ENTRIES).encode())

    def test_refused_certificates(self) -> None:
        for name in ("unknown", "foreign", "noeku", "expired"):
            with self.subTest(name):
                answer = once(CLIENTS[name], SET)
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.json["error"]["code"], "Unauthorized")

    def test_missing_intermediate_and_no_certificate(self) -> None:
        self.assertEqual(once(None, SET, tls=context(CLIENTS["good"], leaf_only=True)).status, 401)
        self.assertEqual(once(None, SET).status, 401)

    def test_unauthorized_comes_before_not_found(self) -> None:
        self.assertEqual(once(None, "/api/v1/Nonsense").status, 401)
        self.assertEqual(once(None, "/elsewhere").status, 401)

    def spoofed_headers(self) -> dict[str, str]:
        pem = quote(CLIENTS["good"].leaf.read_text())
        der = "".join(CLIENTS["good"].leaf.read_text().split("\n")[1:-2])
        return {"X-Lb-Client-Cert-Pem": pem, "X-Lb-Client-Verify": "SUCCESS",
                "SSL_CLIENT_CERT": der, "SSL-Client-Cert": der, "X-Lb-Token": "guess",
                "X-Forwarded-Client-Cert": der}

    def test_spoofed_headers(self) -> None:
        for client in (None, CLIENTS["foreign"], CLIENTS["unknown"]):
            self.assertEqual(once(client, SET, headers=self.spoofed_headers()).status, 401)

    def test_tenant_refuses_others_than_the_load_balancer(self) -> None:
        with contextlib.closing(http.client.HTTPConnection(
                "127.0.0.1", info()["tenant_port"], timeout=5)) as connection:
            self.assertEqual(ask(connection, SET, headers=self.spoofed_headers()).status, 502)

    def test_dropped_certificate_keeps_method_and_query(self) -> None:
        once(CLIENTS["foreign"], SET + "?marker=a%2Fb&x=%27", method="PUT", body=b"{}")
        last = json.loads((BOX / "tenant.log").read_text().splitlines()[-1])
        self.assertEqual((last["method"], last["target"], last["key"], last["status"]),
                         ("PUT", SET + "?marker=a%2Fb&x=%27", None, 401))

    def test_role_missing(self) -> None:
        answer = once(CLIENTS["norole"], SET)
        self.assertEqual((answer.status, answer.body), (403, b""))
        self.assertEqual(once(CLIENTS["norole"], "/api/v1/Nonsense").status, 404)
        self.assertEqual(once(CLIENTS["norole"], "/api/v1/").status, 200)

    def test_keep_alive(self) -> None:
        with contextlib.closing(connect(context(CLIENTS["good"]))) as connection:
            mark = (BOX / "lb-access.log").stat().st_size
            for _ in range(5):
                self.assertEqual(ask(connection, SET + "/$count").status, 200)
        last = self.fifth_logged_since(mark)
        self.assertEqual((last["connection_requests"], last["verify"]), (5, "SUCCESS"))
        self.assertIn("CN=good", last["subject"])

    @staticmethod
    def fifth_logged_since(mark: int) -> dict[str, Any]:
        """nginx writes its line after the answer has gone out, so it may come late."""
        end = time.monotonic() + LOG_SECONDS
        while True:
            lines = (BOX / "lb-access.log").read_bytes()[mark:].decode().splitlines()
            if len(lines) >= 5 or time.monotonic() > end:
                return dict(json.loads(lines[-1]))
            time.sleep(0.02)

    def test_http2_is_offered(self) -> None:
        tls = context()
        tls.set_alpn_protocols(["h2", "http/1.1"])
        connection = connect(tls)
        connection.connect()
        self.assertEqual(connection.sock.selected_alpn_protocol(), "h2")
        connection.close()

    def test_resumption_keeps_the_identity_it_had(self) -> None:
        cases = {"good": 200, "unknown": 401, "norole": 403}
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for name, status in cases.items():
                with self.subTest(name=name, version=version):
                    tls = context(CLIENTS[name], tls=version)
                    first = connect(tls)
                    self.assertEqual(ask(first, SET + "/$count").status, status)
                    session = first.sock.session
                    first.close()
                    # another certificate in the context must not matter for a resumed session
                    other = CLIENTS["norole" if name == "good" else "good"]
                    tls.load_cert_chain(other.chain, other.key)
                    self.assertEqual(resumed(tls, session), (status, True))

    def test_dropped_certificate_never_resumes_into_an_identity(self) -> None:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for client, leaf_only in ((CLIENTS["good"], True), (CLIENTS["foreign"], False)):
                with self.subTest(version=version, leaf_only=leaf_only):
                    tls = context(client, leaf_only=leaf_only, tls=version)
                    first = connect(tls)
                    http.client.HTTPConnection.connect(first)
                    first.sock = tls.wrap_socket(first.sock, server_hostname="localhost")
                    sock = first.sock
                    self.assertEqual(ask(first, SET).status, 401)
                    self.assertEqual(resumed(tls, sock.session)[0], 401)


class ServiceKeys(unittest.TestCase):
    """Contract §2: registration."""

    def test_external_document(self) -> None:
        oauth = register("good", "--cert", CLIENTS["good"].leaf)["oauth"]
        self.assertEqual(set(oauth), {"clientid", "tokenurl", "url", "certificate",
                                      "certificatedetails"})
        self.assertRegex(oauth["clientid"], r"^sb-[0-9a-f-]{36}!b16289\|it!b12456$")
        self.assertEqual(oauth["url"], info()["url"])
        self.assertEqual(oauth["certificate"], CLIENTS["good"].leaf.read_text())
        details = oauth["certificatedetails"]
        self.assertRegex(details["validuntil"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        self.assertRegex(details["serialnumber"], r"^0x[0-9A-F]+$")
        self.assertEqual(details["subjectdn"], "CN=good,O=Selftest")
        self.assertEqual(os.stat(WORK / "good.json").st_mode & 0o777, 0o600)

    def test_refusals(self) -> None:
        good = CLIENTS["good"]
        self.assertIn("2 certificates", register("x", "--cert", good.chain, expect=1))
        self.assertIn("already in service key 'good'", register(
            "x", "--cert", good.leaf, "--instance", "another", expect=1))
        self.assertIn("unknown role", register(
            "x", "--cert", CLIENTS["second"].leaf, "--role", "Everything", expect=1))
        self.assertIn("another certificate", register(
            "good", "--cert", CLIENTS["second"].leaf, expect=1))
        self.assertIn("32", register("x" * 33, "--cert", CLIENTS["second"].leaf, expect=1))

    def test_takes_effect_at_once(self) -> None:
        client = CLIENTS["second"]
        self.assertEqual(once(client, SET + "/$count").status, 401)
        register("second", "--cert", client.leaf)
        self.assertEqual(once(client, SET + "/$count").status, 200)
        sandbox("roles", "--instance", "second", "--role", "QueuesRetry")
        self.assertEqual(once(client, SET + "/$count").status, 403)
        sandbox("unregister", "--name", "second")
        self.assertEqual(once(client, SET + "/$count").status, 401)
        sandbox("unregister", "--name", "second", expect=1)

    def test_sap_made_key(self) -> None:
        oauth = register("made", "--type", "certificate", "--validity", 30)["oauth"]
        self.assertEqual(oauth["certificate"].count("BEGIN CERTIFICATE"), 3)
        self.assertTrue(oauth["key"].startswith("-----BEGIN RSA PRIVATE KEY-----\n"))
        key, chain = WORK / "made.key", WORK / "made.pem"
        key.write_text(oauth["key"])
        chain.write_text(oauth["certificate"])
        self.assertEqual(once(Client(key, chain, chain), SET + "/$count").status, 200)
        sandbox("unregister", "--name", "made")

    def test_secret_key(self) -> None:
        oauth = register("secret", "--type", "secret")["oauth"]
        self.assertEqual(set(oauth), {"clientid", "clientsecret", "tokenurl", "url"})
        sandbox("unregister", "--name", "secret")


class Reading(unittest.TestCase):
    """A test case with one open connection of a caller who may read."""

    connection: http.client.HTTPSConnection

    @classmethod
    def setUpClass(cls) -> None:
        cls.connection = connect(context(CLIENTS["good"]))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.connection.close()

    def get(self, path: str, **options: str) -> Answer:
        """GET below the service root, JSON; option names without the dollar."""
        query = "&".join(f"%24{name}={quote(value)}" for name, value in options.items())
        return ask(self.connection, f"/api/v1/{path}{'?' if query else ''}{query}", headers=JSON)

    def results(self, path: str = "MessageProcessingLogs", **options: str) -> list[Any]:
        """d.results of a collection."""
        answer = self.get(path, **options)
        self.assertEqual(answer.status, 200, answer.body[:300])
        return list(answer.json["d"]["results"])

    def pages(self, target: str) -> Iterator[Any]:
        """All pages, following __next at most 20 times."""
        for _ in range(20):
            page = ask(self.connection, target, headers=JSON).json["d"]
            yield page
            if "__next" not in page:
                return
            parts = urlsplit(page["__next"])
            self.assertEqual(f"{parts.scheme}://{parts.netloc}", info()["url"])
            target = f"{parts.path}?{parts.query}"
        self.fail("too many pages")


class Collections(Reading):
    """Contract §4.4, §4.5, §5.4."""

    def test_paging_ends_with_all(self) -> None:
        pages = list(self.pages(SET))
        self.assertEqual([len(p["results"]) for p in pages], [1000, 1000, 500])
        self.assertIn("?$skiptoken=1000", pages[0]["__next"])
        guids = {e["MessageGuid"] for p in pages for e in p["results"]}
        self.assertEqual(len(guids), ENTRIES)

    def test_paging_keeps_options(self) -> None:
        target = (SET + "?$filter=Status%20eq%20'COMPLETED'&$select=MessageGuid,Status"
                  "&$orderby=LogStart%20desc&$inlinecount=allpages&$format=json")
        pages = list(self.pages(target))
        count = int(self.get("MessageProcessingLogs/$count", filter="Status eq 'COMPLETED'").body)
        self.assertEqual(sum(len(p["results"]) for p in pages), count)
        self.assertEqual({p["__count"] for p in pages}, {str(count)})
        last = pages[-1]["results"][-1]
        self.assertEqual(set(last), {"__metadata", "MessageGuid", "Status"})
        self.assertEqual(last["Status"], "COMPLETED")

    def test_top_and_skip(self) -> None:
        total = [e["MessageGuid"] for p in self.pages(SET) for e in p["results"]]
        for top, skip, expected in ((7, 3, total[3:10]), (1500, 400, total[400:1900]),
                                    (0, 0, []), (5000, 2400, total[2400:]), (5, 9999, [])):
            pages = list(self.pages(f"{SET}?$top={top}&$skip={skip}"))
            self.assertEqual([e["MessageGuid"] for p in pages for e in p["results"]], expected)

    def test_filters(self) -> None:
        total = [e for p in self.pages(SET) for e in p["results"]]
        cases: dict[str, Callable[[Any], Any]] = {
            "Status eq 'FAILED'": lambda e: e["Status"] == "FAILED",
            "Status ne 'COMPLETED' and not (Status eq 'FAILED' or LogLevel eq 'TRACE')":
                lambda e: e["Status"] not in ("COMPLETED", "FAILED") and e["LogLevel"] != "TRACE",
            "Sender eq 'O''Brien'": lambda e: False,
            "Receiver eq 'O''Brien Archive'": lambda e: e["Receiver"] == "O'Brien Archive",
            "IntegrationArtifact/Id eq 'Order_Express'":
                lambda e: e["IntegrationArtifact"]["Id"] == "Order_Express",
            "IntegrationFlowName eq 'Order_Express'":
                lambda e: e["IntegrationArtifact"]["Id"] == "Order_Express",
            "substringof('Köln',Receiver) eq true": lambda e: "Köln" in (e["Receiver"] or ""),
            "startswith(Sender,'S4') or endswith(Sender,'Factors')":
                lambda e: e["Sender"].startswith("S4") or e["Sender"].endswith("Factors"),
            "LogEnd eq null": lambda e: e["LogEnd"] is None,
            "LogStart ge datetime'2026-10-20T00:00:00' and LogStart lt datetime'2026-10-21T00:00'":
                lambda e: 1792454400000 <= int(e["LogStart"][6:-2]) < 1792540800000,
            "LogEnd gt datetime'2026-10-01T00:00:00Z'": lambda e: False,
            "LastChangeTime gt 9007199254740992L":
                lambda e: int(e["LastChangeTime"]) > 9007199254740992,
        }
        for text, matches in cases.items():
            with self.subTest(text):
                expected = sum(1 for e in total if matches(e))
                count = self.get("MessageProcessingLogs/$count", filter=text)
                self.assertEqual(count.body, str(expected).encode())
        self.assertGreater(sum(1 for e in total if e["Status"] == "FAILED"), 50)
        self.assertTrue(any(int(e["LastChangeTime"]) > 2**53 for e in total))

    def test_plus_is_a_space(self) -> None:
        answer = ask(self.connection, SET + "/$count?$filter=Status+eq+'FAILED'")
        self.assertEqual(answer.body, self.get("MessageProcessingLogs/$count",
                                               filter="Status eq 'FAILED'").body)

    def test_orderby(self) -> None:
        found = self.results(orderby="Status,LogEnd desc", top="1000")
        keys = [(e["Status"], -int((e["LogEnd"] or "/Date(0)/")[6:-2])) for e in found]
        self.assertEqual(keys, sorted(keys))

    def test_select_and_expand(self) -> None:
        found = self.results(expand="CustomHeaderProperties,ErrorInformation", top="200",
                             filter="Status eq 'FAILED'")
        self.assertTrue(all(e["ErrorInformation"]["Type"] == "text/plain" for e in found))
        self.assertTrue(any(e["CustomHeaderProperties"]["results"] for e in found))
        self.assertIn("__deferred", found[0]["Runs"])
        header = next(h for e in found for h in e["CustomHeaderProperties"]["results"])
        text = f"filterCustomHeaderProperties='{header['Name']}' eq '{header['Value']}'"
        answer = ask(self.connection, f"{SET}/$count?{quote(text, safe='=')}")
        self.assertGreaterEqual(int(answer.body), 1)

    def test_bad_queries(self) -> None:
        for query in ("$foo=1", "$top=-1", "$top=x", "$filter=Nope eq 1", "$filter=Status eq",
                      "$filter=Status eq 5", "$filter=(Status eq 'A'", "$select=Nope",
                      "$filter=MessageGuid ne 'A'", "$filter=substringof('A',MessageGuid)",
                      "$orderby=Nope", "$orderby=Status sideways", "$expand=Status",
                      "$inlinecount=some", "$format=yaml", "$top=1&$top=2", "$filter=Status",
                      "$filter=LogEnd gt datetime'yesterday'", "$filter=" + "(" * 80):
            with self.subTest(query):
                answer = ask(self.connection, f"{SET}?{quote(query, safe='$=&')}", headers=JSON)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.json["error"]["code"], "Bad Request")


class Entities(Reading):
    """Contract §4.2, §4.3, §5.2, §5.3, §5.5, §7.1."""

    def test_json_shape(self) -> None:
        entity = self.results(top="1")[0]
        root, guid = info()["url"] + "/api/v1/", entity["MessageGuid"]
        self.assertRegex(guid, r"^AG[A-Za-z0-9_-]{26}$")
        uri = f"{root}MessageProcessingLogs('{guid}')"
        self.assertEqual(entity["__metadata"], {
            "id": uri, "uri": uri, "type": "com.sap.hci.api.MessageProcessingLog"})
        self.assertEqual(entity["Runs"], {"__deferred": {"uri": f"{uri}/Runs"}})
        self.assertRegex(entity["LogStart"], r"^/Date\(\d+\)/$")
        self.assertIsInstance(entity["LastChangeTime"], str)
        self.assertIs(type(entity["ArchivingPersistedMessages"]), bool)
        self.assertEqual(entity["IntegrationArtifact"]["__metadata"],
                         {"type": "com.sap.hci.api.IntegrationArtifact"})
        single = self.get(f"MessageProcessingLogs('{guid}')").json["d"]
        self.assertEqual(single, entity)

    def test_navigations(self) -> None:
        guid = self.results(top="1", filter="Status eq 'FAILED'")[0]["MessageGuid"]
        entity = f"MessageProcessingLogs('{guid}')"
        for name in ("AdapterAttributes", "CustomHeaderProperties", "Attachments",
                     "MessageStoreEntries", "Runs"):
            count = self.get(f"{entity}/{name}/$count")
            self.assertEqual(len(self.results(f"{entity}/{name}")), int(count.body))
        run_id = self.results(f"{entity}/Runs")[0]["Id"]
        steps = self.results(f"MessageProcessingLogRuns('{run_id}')/RunSteps")
        self.assertEqual(steps[-1]["Status"], "FAILED")
        step = self.get(f"MessageProcessingLogRunSteps(RunId='{run_id}',ChildCount=1)")
        self.assertEqual(step.json["d"], steps[1])
        self.assertEqual(self.get(f"{entity}/ErrorInformation").json["d"]["MessageGuid"], guid)
        text = self.get(f"{entity}/ErrorInformation/$value")
        self.assertTrue(text.headers["Content-Type"].startswith("text/plain"))
        self.assertGreater(len(text.body), 20)

    def test_no_error_information(self) -> None:
        guid = self.results(top="1", filter="Status eq 'DISCARDED'")[0]["MessageGuid"]
        self.assertEqual(self.get(f"MessageProcessingLogs('{guid}')/ErrorInformation").status, 404)

    def test_custom_header_orderby(self) -> None:
        guid = self.results(top="1")[0]["MessageGuid"]
        path = f"MessageProcessingLogs('{guid}')/CustomHeaderProperties"
        self.assertEqual(self.get(path, orderby="Name,Value").status, 200)
        self.assertEqual(self.get(path, orderby="Value").status, 400)

    def test_properties(self) -> None:
        entity = self.results(top="1")[0]
        path = f"MessageProcessingLogs('{entity['MessageGuid']}')"
        self.assertEqual(self.get(f"{path}/Status").json["d"], {"Status": entity["Status"]})
        self.assertEqual(self.get(f"{path}/Status/$value").body.decode(), entity["Status"])
        name = self.get(f"{path}/IntegrationArtifact/Name/$value").body.decode()
        self.assertEqual(name, entity["IntegrationArtifact"]["Name"])
        self.assertEqual(self.get(f"{path}/Nope").status, 404)

    def test_attachment_content_needs_its_role(self) -> None:
        found = self.results(top="100", expand="Attachments")
        attachment = next(a for e in found for a in e["Attachments"]["results"])
        self.assertIn("sap-it-res%3Amsg%3A", attachment["__metadata"]["media_src"])
        target = urlsplit(attachment["__metadata"]["media_src"]).path
        self.assertEqual(ask(self.connection, target).status, 403)
        roles = ("--role", "MonitoringDataRead", "--role", "MessagePayloadsRead")
        sandbox("roles", "--instance", "good", *roles)
        content = ask(self.connection, target)
        sandbox("roles", "--instance", "good", *roles[:2])
        self.assertEqual(str(len(content.body)), attachment["PayloadSize"])
        self.assertEqual(content.headers["Content-Type"], "application/xml")

    def test_id_maps(self) -> None:
        source = "IdMapFromIds('0050568c-7d3a-1eda-b3f2')"
        self.assertEqual(self.get(f"{source}/ToIds").status, 403)
        sandbox("roles", "--instance", "good", "--role", "MonitoringDataRead",
                "--role", "MessageProcessingLocksRead")
        targets = self.results(f"{source}/ToIds")
        sources = self.results("IdMapToIds('ID-SANDBOX-0002')/FromId2s")
        unknown = self.get("IdMapToIds('x')/FromId2s")
        sandbox("roles", "--instance", "good", "--role", "MonitoringDataRead")
        self.assertEqual([t["ToId"] for t in targets], ["ID-SANDBOX-0001", "ID-SANDBOX-0002"])
        self.assertRegex(targets[0]["ExpirationTime"], r"^/Date\(\d+\+0000\)/$")
        self.assertEqual({s["ToId2"] for s in sources}, {"ID-SANDBOX-0002"})
        self.assertEqual(len(sources), 2)
        self.assertEqual(unknown.status, 404)

    def test_keys_that_are_refused(self) -> None:
        for key, status in (("'nobody'", 404), ("'a/b'", 400), ("'a%2Fb'", 400), ("'a%5Cb'", 400),
                            ("5", 400), ("'x", 400), ("Id='x'", 400), ("'%FF'", 400),
                            ("MessageGuid='nobody'", 404), ("'it''s'", 404)):
            with self.subTest(key):
                self.assertEqual(self.get(f"MessageProcessingLogs({key})").status, status)

    def test_verbs(self) -> None:
        with scenario("csrf=off"):
            for method, status in (("POST", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 501),
                                   ("MERGE", 405), ("HEAD", 405)):
                answer = ask(self.connection, SET, method=method, headers=JSON, body=b"{}")
                self.assertEqual(answer.status, status)

    def test_sets_that_cannot_be_listed(self) -> None:
        self.assertEqual(self.get("MessageProcessingLogAttachments").status, 501)
        self.assertEqual(self.get("Nonsense").status, 404)


class Xml(Reading):
    """Contract §4.1, §5.1, §5.6: what comes without asking for JSON."""

    def test_atom_feed(self) -> None:
        answer = ask(self.connection, SET + "?$inlinecount=allpages")
        self.assertTrue(answer.headers["Content-Type"].startswith("application/atom+xml"))
        feed = answer.xml
        self.assertEqual(len(feed.findall(f"{ATOM}entry")), 1000)
        self.assertEqual(feed.findtext(f"{META}count"), str(ENTRIES))
        following = [e.get("href") for e in feed.findall(f"{ATOM}link") if e.get("rel") == "next"]
        self.assertEqual(following, [f"{info()['url']}{SET}?$inlinecount=allpages&$skiptoken=1000"])
        self.assertIn("Orders <EMEA> & APJ", {e.text for e in feed.iter() if e.text})

    def test_atom_entry(self) -> None:
        entity = self.results(top="1")[0]
        answer = ask(self.connection, f"{SET}('{entity['MessageGuid']}')"
                                      "?$expand=AdapterAttributes,Attachments")
        properties = {e.tag.split("}")[1]: e.text or "" for e in answer.xml.find(
            f"{ATOM}content/{META}properties")}  # type: ignore[union-attr]
        self.assertEqual(properties["Status"], entity["Status"])
        self.assertRegex(properties["LogStart"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$")

    def test_service_document_and_metadata(self) -> None:
        self.assertTrue(ask(self.connection, "/api/v1/").xml.tag.endswith("service"))
        sets = self.get("").json["d"]["EntitySets"]
        self.assertIn("MessageProcessingLogs", sets)
        schema = ask(self.connection, "/api/v1/$metadata").xml.find(f".//{EDM}Schema")
        assert schema is not None
        self.assertEqual(schema.get("Namespace"), "com.sap.hci.api")
        declared = [e.get("Name") for e in schema.iter(f"{EDM}EntitySet")]
        self.assertLess(set(sets), set(declared))  # only some are listed (contract §4.1)
        self.assertNotIn("StringParameters", sets)
        self.assertIn("StringParameters", declared)
        imports = [e.get("Name") for e in schema.iter(f"{EDM}FunctionImport")]
        self.assertIn("DeployIntegrationDesigntimeArtifact", imports)
        names = {e.get("Name") for e in schema.iter(f"{EDM}NavigationProperty")}
        self.assertLessEqual({"Runs", "RunSteps", "Attachments", "Log"}, names)

    def test_errors_follow_the_format(self) -> None:
        answer = ask(self.connection, "/api/v1/Nonsense")
        self.assertEqual((answer.status, answer.xml.findtext(f"{META}code")), (404, "Not Found"))
        answer = ask(self.connection, "/api/v1/Nonsense?$format=json")
        self.assertEqual(answer.json["error"]["message"]["lang"], "en")


class Scenarios(Reading):
    """The switches of scenario.py, without a restart."""

    def test_error_limited(self) -> None:
        with scenario("error_status=429", "error_path=$skiptoken", "error_after=1",
                      "error_times=2", "retry_after=3", "error_body=sandbox"):
            self.assertEqual(self.get("MessageProcessingLogs/$count").status, 200)
            seen = [self.get("MessageProcessingLogs", skiptoken="1000") for _ in range(4)]
        self.assertEqual([a.status for a in seen], [200, 429, 429, 200])
        self.assertEqual(set(seen[1].json), {"code", "message"})
        self.assertEqual(seen[1].headers["Retry-After"], "3")

    def test_error_bodies(self) -> None:
        for form, start in (("json", b'{"error"'), ("xml", b"<?xml"), ("html", b"<html"),
                            ("empty", b"")):
            with scenario("error_status=500", f"error_body={form}"):
                answer = self.get("MessageProcessingLogs")
                self.assertEqual((answer.status, answer.body[:len(start)]), (500, start))

    def test_login_answers(self) -> None:
        with scenario("body_401=html", "body_403=json", "role_missing=1"):
            self.assertTrue(once(None, SET).body.startswith(b"<html"))
            self.assertEqual(self.get("MessageProcessingLogs").json["error"]["code"], "Forbidden")
        with scenario("redirect=https://login.example/oauth"):
            answer = once(None, SET)
            self.assertEqual((answer.status, answer.headers["Location"]),
                             (302, "https://login.example/oauth"))

    def test_next_links(self) -> None:
        with scenario("next_host=other.example"):
            page = self.get("MessageProcessingLogs").json["d"]
            self.assertEqual(page["__next"], f"https://other.example{SET}?$skiptoken=1000")
            atom = ask(self.connection, SET).body
            self.assertIn(b'href="https://other.example/api/v1/', atom)
        with scenario("next_loop=1"):
            page = self.get("MessageProcessingLogs", skiptoken="1000").json["d"]
            self.assertTrue(page["__next"].endswith(SET + "?%24skiptoken=1000"))

    def test_broken_bodies(self) -> None:
        with scenario("bad_json=1"):
            with self.assertRaises(json.JSONDecodeError):
                self.results(top="1")
        with scenario("truncate_body=100", "delay_ms=20"):
            with self.assertRaises(http.client.IncompleteRead) as caught:
                once(CLIENTS["good"], SET, headers=JSON)
            self.assertEqual(len(caught.exception.partial), 100)
        self.assertEqual(len(self.results(top="1")), 1)

    def test_unknown_switches(self) -> None:
        for switch in ("nonsense=1", "error_status=99", "error_body=pdf", "next_loop"):
            sandbox("scenario", switch, expect=1)


class Commands(unittest.TestCase):
    """The command line itself, and the load balancer's other modes."""

    def test_second_start_and_status(self) -> None:
        self.assertIn("already running", sandbox("start").stdout)
        self.assertIn("another seed", sandbox("start", "--seed", "2", expect=1).stderr)
        status = json.loads(sandbox("status").stdout)
        self.assertTrue(status["running"])
        self.assertEqual(os.stat(BOX).st_mode & 0o777, 0o700)

    def test_new_root_while_running(self) -> None:
        late = WORK / "late"
        run(HERE / "ca.sh", "init", late, "--name", "Late")
        client = make_client("late-client", late)
        register("late", "--cert", client.leaf)
        self.assertEqual(once(client, SET).status, 401)
        sandbox("start", "--client-root", late / "root.pem")
        self.assertEqual(once(client, SET + "/$count").status, 200)
        sandbox("start", "--client-root", late / "intermediate.pem", expect=1)

    def test_stop_and_restart(self) -> None:
        box = WORK / "restart"
        sandbox("start", "--entries", "10", directory=box)
        before = info(box)
        sandbox("stop", directory=box)
        self.assertIn("not running", sandbox("stop", directory=box).stdout)
        sandbox("status", directory=box, expect=3)
        self.assertNotIn("processes", info(box))
        sandbox("start", "--entries", "10", directory=box)
        self.assertEqual(info(box)["url"], before["url"])
        sandbox("stop", directory=box)

    def test_stop_leaves_other_processes_alone(self) -> None:
        box = WORK / "reused"
        with subprocess.Popen(["sleep", "30"]) as other:
            box.mkdir()
            stale = {"pid": other.pid, "started_ticks": 1}
            (box / "sandbox.json").write_text(json.dumps({"processes": {"tenant": stale}}))
            sandbox("stop", directory=box)
            self.assertIsNone(other.poll())
            other.terminate()

    def test_directory_without_sandbox(self) -> None:
        box = WORK / "nothing"
        sandbox("stop", directory=box)
        sandbox("status", directory=box, expect=3)
        for command, *arguments in (
                ("scenario", "next_loop=1"), ("unregister", "--name", "x"),
                ("register", "--name", "x", "--type", "secret", "--out", str(WORK / "x"))):
            sandbox(command, *arguments, directory=box, expect=1)
        self.assertFalse(box.exists())

    def test_same_seed_same_data(self) -> None:
        pages = []
        for name in ("seed-a", "seed-b"):
            box = self.variant(name, "--seed", "7")
            page = once(None, SET + "?$expand=Runs,Attachments,AdapterAttributes", headers=JSON,
                        tls=context(CLIENTS["good"], box=box), box=box).body
            pages.append(page.replace(info(box)["url"].encode(), b""))
        self.assertEqual(pages[0], pages[1])

    def variant(self, name: str, *options: str) -> Path:
        """Another sandbox with one registered client, ended after the test."""
        box = WORK / name
        sandbox("start", "--entries", "10", "--client-root", TRUSTED / "root.pem", *options,
                directory=box)
        self.addCleanup(sandbox, "stop", directory=box)
        sandbox("register", "--name", "good", "--cert", CLIENTS["good"].leaf, "--out",
                WORK / f"{name}.json", directory=box)
        return box

    def handshake(self, box: Path) -> str:
        """What openssl s_client prints about the load balancer."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{info(box)['port']}"],
            input="", capture_output=True, text=True, timeout=10, check=False)
        return done.stdout

    def test_one_tls_version_only(self) -> None:
        box = self.variant("tls12", "--tls", "1.2", "--no-http2")
        tls = context(CLIENTS["good"], box=box)
        tls.set_alpn_protocols(["h2", "http/1.1"])
        connection = connect(tls, box)
        connection.connect()
        self.assertEqual(ask(connection, SET + "/$count").body, b"10")
        self.assertEqual((connection.sock.version(), connection.sock.selected_alpn_protocol()),
                         ("TLSv1.2", "http/1.1"))
        connection.close()

    def test_each_connection_needs_a_handshake_and_ends_soon(self) -> None:
        box = self.variant("fresh", "--no-resumption", "--connection-requests", "2")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            tls = context(CLIENTS["good"], tls=version, box=box)
            first = connect(tls, box)
            self.assertEqual(ask(first, SET + "/$count").headers.get("Connection"), "keep-alive")
            session = first.sock.session
            self.assertEqual(ask(first, SET + "/$count").headers.get("Connection"), "close")
            self.assertEqual(resumed(tls, session, box), (200, False))

    def test_no_ca_names(self) -> None:
        self.assertIn("cihsm test Root CA", self.handshake(BOX).partition(
            "Acceptable client certificate CA names")[2])
        box = self.variant("nonames", "--no-ca-names")
        self.assertIn("No client certificate CA names sent", self.handshake(box))
        for name, status in (("good", 200), ("foreign", 401), ("expired", 401), ("unknown", 401)):
            tls = context(CLIENTS[name], box=box)
            self.assertEqual(once(None, SET + "/$count", tls=tls, box=box).status, status)
        tls = context(CLIENTS["good"], leaf_only=True, box=box)
        self.assertEqual(once(None, SET, tls=tls, box=box).status, 401)

    def test_strict(self) -> None:
        for name, options in (("strict", ()), ("strictnonames", ("--no-ca-names",))):
            box = self.variant(name, "--require-client-cert", *options)
            tls = context(CLIENTS["good"], box=box)
            self.assertEqual(once(None, SET + "/$count", tls=tls, box=box).status, 200)
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                once(None, SET, tls=context(box=box), box=box)
            tls = context(CLIENTS["foreign"], box=box)
            self.assertEqual(once(None, SET, tls=tls, box=box).status, 400)


if __name__ == "__main__":
    unittest.main(verbosity=1)
