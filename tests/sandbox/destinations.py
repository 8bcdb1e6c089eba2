"""The part of the Destination service that signs keys: SAP Cloud Root CA (contract §11.2)."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import certificates
from paths import Request
from refusal import Refused
from render import JSON_TYPE, Response, error_response
from scenario import Scenario

SET = "/destination-configuration/v1/subaccountCertificates"
EXTENSIONS = ("jks", "pfx", "pem", "cer", "crt", "p12")
_DAYS = {"DAYS": 1, "MONTHS": 30, "YEARS": 365}
_DEFAULT_DAYS = 365


@dataclass
class _Row:
    """A certificate that was made."""

    content: str
    reads: int = 0


def json_body(value: Any, status: int = 200) -> Response:
    """JSON of the platform's services."""
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), JSON_TYPE)


def failure(status: int, message: str, form: str | None) -> Response:
    """An error of this service."""
    if form:
        return error_response(status, "Error", message, form)
    return json_body({"ErrorMessage": message}, status)


class Destinations:
    """The certificates of the subaccount."""

    def __init__(self, directory: Path) -> None:
        self._authority = directory / "sap-ca"
        self._rows: dict[str, _Row] = {}
        self._subaccount = str(uuid.uuid4())
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """The answer to a caller whose token is good; raises Refused."""
        if request.path == SET:
            return self._collection(request)
        parent, _, name = request.path.rpartition("/")
        if parent != SET:
            raise Refused(404, "No such resource.")
        return self._entry(request, unquote(name))

    def _collection(self, request: Request) -> Response:
        if request.method == "GET":
            with self._lock:
                return json_body([_shown(name, row) for name, row in self._rows.items()])
        if request.method != "POST":
            raise Refused(405, "Method not allowed.")
        name, days, subject, csr = _read(request, self._subaccount)
        with self._lock:
            if name in self._rows:
                raise Refused(409, f"A certificate with the name {name} exists already.")
            content = _sign(self._authority, csr, subject, days, request.scene)
            self._rows[name] = _Row(content)
        return Response(201)

    def _entry(self, request: Request, name: str) -> Response:
        if request.method not in ("GET", "DELETE"):
            raise Refused(405, "Method not allowed.")
        with self._lock:
            row = self._rows.get(name)
            if row is None:
                raise Refused(404, f"There is no certificate with the name {name}.")
            if request.method == "DELETE":
                del self._rows[name]
                return json_body({"Count": 1})
            row.reads += 1
            if row.reads <= request.scene.get("enrol_delay", 0):
                raise Refused(404, f"There is no certificate with the name {name}.")
            return json_body(_shown(name, row))


def _shown(name: str, row: _Row) -> dict[str, str]:
    return {"Name": name, "Type": "CERTIFICATE", "Content": row.content}


def _demand(good: Any, message: str) -> None:
    if not good:
        raise Refused(400, message)


def _read(request: Request, subaccount: str) -> tuple[str, int, str, bytes]:
    """Name, days, subject and request of a body; raises Refused."""
    kind = request.content_type.partition(";")[0].strip().lower()
    if kind != JSON_TYPE:
        raise Refused(415, "The body must be JSON.")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(400, "The body is no JSON.") from None
    _demand(isinstance(body, dict), "The body is no JSON object.")
    name, attributes = body.get("Name"), body.get("Attributes")
    _demand(isinstance(name, str) and name.rpartition(".")[0]
            and name.rpartition(".")[2].lower() in EXTENSIONS and "/" not in name,
            "Name must be a file name with an extension such as .pem.")
    _demand(isinstance(attributes, dict), "Attributes are missing.")
    _demand(isinstance(attributes.get("AutomaticRenew", False), bool),
            "AutomaticRenew must be true or false.")
    common_name = attributes.get("CN", name.rpartition(".")[0])
    _demand(isinstance(common_name, str) and 1 <= len(common_name) <= 64,
            "CN must be a text of 1 to 64 characters.")
    escaped = "".join("\\" + c if c in "\\/+" else c for c in common_name)
    subject = (f"/C=DE/O=SAP SE/OU=SAP Cloud Platform Clients/OU=Sandbox/OU={subaccount}"
               f"/L=sandbox/CN={escaped}")
    return name, _days(attributes.get("Validity")), subject, _request(attributes.get("CSR"))


def _days(validity: Any) -> int:
    if validity is None:
        return _DEFAULT_DAYS
    _demand(isinstance(validity, dict) and validity.get("TimeUnit") in _DAYS,
            "The TimeUnit of Validity must be one of DAYS, MONTHS, YEARS.")
    value = validity.get("Value")
    _demand(type(value) is int and value >= 1, "The Value of Validity must be a number above 0.")
    days = int(value) * _DAYS[validity["TimeUnit"]]
    _demand(days <= 365 * 3, "The certificate cannot be valid for so long.")
    return days


def _request(value: Any) -> bytes:
    """The PEM of a CSR, which its key has signed."""
    _demand(isinstance(value, str) and value, "CSR is missing.")
    try:
        pem = base64.b64decode(value, validate=True)
    except ValueError:
        pem = b""
    _demand(certificates.is_request(pem), "The CSR cannot be read, or its signature is wrong.")
    return pem


def _sign(authority: Path, csr: bytes, subject: str, days: int, scene: Scenario) -> str:
    """Content: the base64 of the PEM chain. The switch enrol_gives makes it a bad one."""
    gives = scene.get("enrol_gives")
    options = {"no_eku": ["--eku", "none"], "no_chain": ["--leaf-only"],
               "expired": ["--expired"]}.get(gives, [])
    with tempfile.TemporaryDirectory(dir=authority, prefix=".enrol.") as work:
        request, chain = Path(work, "csr.pem"), Path(work, "chain.pem")
        request.write_bytes(_another(work) if gives == "other_key" else csr)
        certificates.ca("issue", authority, request, chain, "--days", str(days), "--subject",
                        subject, *options)
        text = "".join(certificates.certificates_in(chain.read_text()))
    if gives == "empty":
        return ""
    if gives == "garbage":
        return "no base64!"
    if gives != "no_chain" and not scene.get("chain_without_root"):
        text += "".join(certificates.certificates_in((authority / "root.pem").read_text()))
    return base64.b64encode(text.encode()).decode()


def _another(work: str) -> bytes:
    """The request of a key that nobody has asked to sign."""
    return certificates.run("openssl", "req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-config", "/dev/null", "-subj", "/CN=x",
                            "-keyout", Path(work, "key.pem"))
