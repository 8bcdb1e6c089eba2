"""Service instances and service keys of the simulated tenant (contract §2)."""

from __future__ import annotations

import fcntl
import json
import ssl
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Optional

import certificates
from issued import new_secret
from identity import FILE_NAME, CertificateFormError, fingerprint, pem_to_der
from nginx_config import CERT_HOST, LOGIN_HOST
from model import KNOWN_ROLES
from statefile import read_json, write_json, write_private

DEFAULT_ROLES = ["MonitoringDataRead"]
DEFAULT_PLAN = "api"
GRANT_TYPES = ("client_credentials", "client_x509")  # the second is deprecated (contract §2.1)
KEY_TYPES = ("external", "certificate", "secret")
MAX_NAME = 32  # contract §2.2


class RegistrationError(ValueError):
    """The key cannot be registered as asked for."""


@dataclass
class Wish:
    """What a caller of register asks for."""

    name: str
    key_type: str = "external"
    certificate: Optional[Path] = None
    pem: Optional[str] = None  # the certificate itself
    instance: Optional[str] = None
    roles: list[str] = field(default_factory=list)
    validity: int = 365
    key_length: int = 2048

    @property
    def has_certificate(self) -> bool:
        """Whether a certificate came with it."""
        return self.certificate is not None or self.pem is not None


def load(directory: Path) -> dict[str, Any]:
    """Instances, keys, bindings of the Destination service, users."""
    state: dict[str, Any] = read_json(directory / FILE_NAME, {"instances": {}, "keys": []})
    return state


@contextmanager
def changing(directory: Path) -> Iterator[dict[str, Any]]:
    """The same to be changed, by one at a time: the command line and the tenant both do. It is
    written at the end, unless an exception ends it."""
    with (directory / f".{FILE_NAME}.lock").open("a", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        state = load(directory)
        yield state
        write_json(directory / FILE_NAME, state)


def _check(wish: Wish) -> None:
    if not 1 <= len(wish.name) <= MAX_NAME:
        raise RegistrationError(f"a key name has 1 to {MAX_NAME} characters")
    if wish.key_type == "external" and not wish.has_certificate:
        raise RegistrationError("an external certificate key needs --cert")
    if wish.key_type != "external" and wish.has_certificate:
        raise RegistrationError(f"a key of type {wish.key_type} takes no --cert")
    if not 1 <= wish.validity <= 365:
        raise RegistrationError("--validity is 1 to 365 days")
    if wish.key_length not in (2048, 3072, 4096):
        raise RegistrationError("--key-length is 2048, 3072 or 4096")
    check_roles(wish.roles)


def check_roles(roles: list[str]) -> None:
    """Refuses role names that contract §8 does not know."""
    for role in roles:
        if role not in KNOWN_ROLES:
            raise RegistrationError(f"unknown role '{role}'")


def _read_external(wish: Wish) -> certificates.Leaf:
    """Exactly one leaf, not the whole chain (contract §2.2)."""
    text, origin = wish.pem, "X.509"
    if text is None:
        assert wish.certificate is not None
        text = wish.certificate.read_text(encoding="utf-8", errors="replace")
        origin = str(wish.certificate)
    found = certificates.certificates_in(text)
    if len(found) != 1:
        raise RegistrationError(f"{origin} holds {len(found)} certificates; enter the leaf only, "
                                "not the chain")
    try:
        # one of SAP's samples has no line feeds between the markers (contract §2.2)
        return certificates.read_leaf(ssl.DER_cert_to_PEM_cert(pem_to_der(found[0])))
    except (certificates.CommandError, CertificateFormError):
        raise RegistrationError(f"{origin} holds no certificate that can be read") from None


def _client_id(name: str, instance: str) -> str:
    """Pattern of contract §2.3; the same names give the same id."""
    return f"sb-{uuid.uuid5(uuid.NAMESPACE_URL, f'{instance}/{name}')}!b16289|it!b12456"


def _base_document(client_id: str, url: str, key_type: str) -> dict[str, Any]:
    """Keys with a certificate name the token host for certificates (contract §2.3, §10.5)."""
    host = LOGIN_HOST if key_type == "secret" else CERT_HOST
    port = url.rpartition(":")[2]
    return {"clientid": client_id, "tokenurl": f"https://{host}:{port}/oauth/token", "url": url}


def _refuse_known_certificate(state: dict[str, Any], digest: str) -> None:
    """A certificate may be used only once across all instances (contract §2.1)."""
    for key in state["keys"]:
        if key["sha256"] == digest:
            raise RegistrationError(f"this certificate is already in service key '{key['name']}' "
                                    f"of instance '{key['instance']}'")


def sap_made(directory: Path, validity: int = 365, key_length: int = 2048) -> dict[str, Any]:
    """Key and chain made by the provider: leaf first, root last (contract §2.3)."""
    authority = directory / "sap-ca"
    with tempfile.TemporaryDirectory(dir=directory, prefix=".key.") as work:
        key, csr, chain = (Path(work, name) for name in ("key.pem", "csr.pem", "chain.pem"))
        certificates.run("openssl", "genrsa", "-traditional", "-out", key, str(key_length))
        certificates.run("openssl", "req", "-new", "-config", "/dev/null", "-key", key, "-out", csr,
                         "-subj", f"/C=DE/O=SAP SE/OU=sandbox/CN={uuid.uuid4()}")
        certificates.ca("issue", authority, csr, chain, "--days", str(validity))
        text = chain.read_text() + (authority / "root.pem").read_text()
        return {"certificate": "".join(certificates.certificates_in(text)),
                "key": key.read_text()}


def _credentials(directory: Path, wish: Wish) -> tuple[dict[str, Any], Optional[certificates.Leaf]]:
    """The fields that depend on the type, and the leaf if there is one."""
    if wish.key_type == "secret":
        # with a "+", which a client must encode (contract §3.7)
        return {"clientsecret": f"{uuid.uuid4()}$+{new_secret()}="}, None
    if wish.key_type == "external":
        leaf = _read_external(wish)
        fields = {"certificate": leaf.pem}
    else:
        fields = sap_made(directory, wish.validity, wish.key_length)
        leaf = certificates.read_leaf(certificates.certificates_in(fields["certificate"])[0])
    return {**fields, "certificatedetails": leaf.details}, leaf


def _secret_digest(fields: dict[str, Any]) -> Optional[str]:
    """All that is kept of a client secret."""
    secret = fields.get("clientsecret")
    return None if secret is None else fingerprint(secret.encode())


def _find(state: dict[str, Any], name: str) -> Optional[dict[str, Any]]:
    return next((key for key in state["keys"] if key["name"] == name), None)


def _put_roles(instances: dict[str, Any], name: str, roles: list[str]) -> None:
    """Makes an instance or changes its roles; when, is kept for the switch role_delay."""
    wanted, known = sorted(set(roles)), instances.get(name)
    if known is None:
        instances[name] = {"roles": wanted}
    elif known["roles"] != wanted:
        changes = [*known.get("changes", []), {"at": time.time(), "roles": wanted}]
        instances[name] = {**known, "roles": wanted, "changes": changes,
                           "first_roles": known.get("first_roles", known["roles"])}


def _add(directory: Path, url: str, state: dict[str, Any], wish: Wish, guid: str,
         by_api: bool = False) -> None:
    """Makes a key and keeps its document."""
    instance = wish.instance or wish.name
    fields, leaf = _credentials(directory, wish)
    digest = fingerprint(leaf.der) if leaf else None
    if digest is not None:
        _refuse_known_certificate(state, digest)
    client_id = _client_id(wish.name, instance)
    state["keys"].append({"name": wish.name, "instance": instance, "type": wish.key_type,
                          "clientid": client_id, "sha256": digest, "guid": guid,
                          "at": time.time(), "by_api": by_api,
                          "secret_sha256": _secret_digest(fields)})
    _document_path(directory, guid).parent.mkdir(mode=0o700, exist_ok=True)
    write_document(_document_path(directory, guid),
                   {"oauth": {**_base_document(client_id, url, wish.key_type), **fields}})


def _same(known: dict[str, Any], wish: Wish, instance: str) -> bool:
    """Whether a key is the one that is wished for; a secret or a made key never is."""
    if wish.key_type != "external" or known["instance"] != instance:
        raise RegistrationError(f"service key '{wish.name}' exists; unregister it first")
    return bool(known["sha256"] == fingerprint(_read_external(wish).der))


def register(directory: Path, url: str, wish: Wish) -> dict[str, Any]:
    """Adds a service key, makes its instance if needed, returns the key document.

    Registering the same external certificate under the same name again changes nothing.
    """
    _check(wish)
    instance = wish.instance or wish.name
    with changing(directory) as state:
        known = _find(state, wish.name)
        if known is not None and not _same(known, wish, instance):
            raise RegistrationError(f"service key '{wish.name}' exists with another certificate; "
                                    "unregister it first")
        guid = str(uuid.uuid4()) if known is None else known["guid"]
        if known is None:
            _add(directory, url, state, wish, guid)
        if wish.roles or instance not in state["instances"]:
            _put_roles(state["instances"], instance, wish.roles or DEFAULT_ROLES)
    return key_document(directory, guid)


def add(directory: Path, url: str, wish: Wish, guid: str) -> None:
    """Adds a service key to an instance that is there (contract §11.3)."""
    _check(wish)
    with changing(directory) as state:
        _add(directory, url, state, wish, guid, by_api=True)


def unregister(directory: Path, name: str) -> None:
    """Removes a service key, and its instance if that was the last key, unless it was made by
    itself."""
    with changing(directory) as state:
        key = _find(state, name)
        if key is None:
            raise RegistrationError(f"no service key '{name}'")
        _drop(directory, state, key)
        if all(other["instance"] != key["instance"] for other in state["keys"]):
            if not state["instances"].get(key["instance"], {}).get("made"):
                state["instances"].pop(key["instance"], None)


def remove(directory: Path, guid: str) -> None:
    """Removes a service key by its guid; its instance stays."""
    with changing(directory) as state:
        for key in [key for key in state["keys"] if key["guid"] == guid]:
            _drop(directory, state, key)


def _drop(directory: Path, state: dict[str, Any], key: dict[str, Any]) -> None:
    state["keys"].remove(key)
    _document_path(directory, key["guid"]).unlink(missing_ok=True)


def _document_path(directory: Path, guid: str) -> Path:
    return directory / "documents" / f"{guid}.json"


def key_document(directory: Path, guid: str) -> dict[str, Any]:
    """The document of a key."""
    found: dict[str, Any] = read_json(_document_path(directory, guid), None)
    return found


def make_instance(directory: Path, name: str, roles: list[str], plan: str = DEFAULT_PLAN,
                  grant_type: str = GRANT_TYPES[0]) -> None:
    """Makes a service instance without a key, or changes it (contract §2.1)."""
    check_roles(roles)
    with changing(directory) as state:
        _put_roles(state["instances"], name, roles or DEFAULT_ROLES)
        state["instances"][name].update({"made": True, "plan": plan, "grant-types": [grant_type]})


def set_roles(directory: Path, instance: str, roles: list[str]) -> None:
    """Replaces the roles of an instance, like an update of its parameters (contract §2.1)."""
    check_roles(roles)
    with changing(directory) as state:
        if instance not in state["instances"]:
            raise RegistrationError(f"no service instance '{instance}'")
        _put_roles(state["instances"], instance, roles)


def summary(directory: Path) -> list[dict[str, Any]]:
    """The registered keys with their roles, without secrets."""
    state = load(directory)
    return [{**{name: value for name, value in key.items() if name != "secret_sha256"},
             "roles": state["instances"][key["instance"]]["roles"]}
            for key in state["keys"]]


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Writes a key document, mode 0600."""
    write_private(path, json.dumps(document, indent=2) + "\n")
