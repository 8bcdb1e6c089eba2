"""Service instances and service keys of the simulated tenant (contract §2)."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import certificates
from issued import new_secret
from identity import FILE_NAME, fingerprint
from nginx_config import CERT_HOST, LOGIN_HOST
from model import KNOWN_ROLES
from statefile import read_json, write_json, write_private

DEFAULT_ROLES = ["MonitoringDataRead"]
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
    instance: Optional[str] = None
    roles: list[str] = field(default_factory=list)
    validity: int = 365
    key_length: int = 2048


def _load(directory: Path) -> dict[str, Any]:
    state: dict[str, Any] = read_json(directory / FILE_NAME, {"instances": {}, "keys": []})
    return state


def _check(wish: Wish) -> None:
    if not 1 <= len(wish.name) <= MAX_NAME:
        raise RegistrationError(f"a key name has 1 to {MAX_NAME} characters")
    if wish.key_type == "external" and wish.certificate is None:
        raise RegistrationError("an external certificate key needs --cert")
    if wish.key_type != "external" and wish.certificate is not None:
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


def _read_external(path: Path) -> certificates.Leaf:
    """Exactly one leaf, not the whole chain (contract §2.2)."""
    found = certificates.certificates_in(path.read_text(encoding="utf-8", errors="replace"))
    if len(found) != 1:
        raise RegistrationError(f"{path} holds {len(found)} certificates; enter the leaf only, "
                                "not the chain")
    return certificates.read_leaf(found[0])


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


def _sap_made(directory: Path, wish: Wish) -> dict[str, Any]:
    """Key and chain made by the provider: leaf first, root last (contract §2.3)."""
    authority = directory / "sap-ca"
    with tempfile.TemporaryDirectory(dir=directory, prefix=".key.") as work:
        key, csr, chain = (Path(work, name) for name in ("key.pem", "csr.pem", "chain.pem"))
        certificates.run("openssl", "genrsa", "-traditional", "-out", key, str(wish.key_length))
        certificates.run("openssl", "req", "-new", "-config", "/dev/null", "-key", key, "-out", csr,
                         "-subj", f"/C=DE/O=SAP SE/OU=sandbox/CN={uuid.uuid4()}")
        certificates.ca("issue", authority, csr, chain, "--days", str(wish.validity))
        text = chain.read_text() + (authority / "root.pem").read_text()
        return {"certificate": "".join(certificates.certificates_in(text)),
                "key": key.read_text()}


def _credentials(directory: Path, wish: Wish) -> tuple[dict[str, Any], Optional[certificates.Leaf]]:
    """The fields that depend on the type, and the leaf if there is one."""
    if wish.key_type == "secret":
        # with a "+", which a client must encode (contract §3.7)
        return {"clientsecret": f"{uuid.uuid4()}$+{new_secret()}="}, None
    if wish.key_type == "external":
        assert wish.certificate is not None
        leaf = _read_external(wish.certificate)
        fields = {"certificate": leaf.pem}
    else:
        fields = _sap_made(directory, wish)
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
        instances[name] = {"roles": wanted, "changes": changes,
                           "first_roles": known.get("first_roles", known["roles"])}


def register(directory: Path, url: str, wish: Wish) -> dict[str, Any]:
    """Adds a service key, makes its instance if needed, returns the key document.

    Registering the same external certificate under the same name again changes nothing.
    """
    _check(wish)
    state = _load(directory)
    instance = wish.instance or wish.name
    known = _find(state, wish.name)
    if known is not None and (wish.key_type != "external" or known["instance"] != instance):
        raise RegistrationError(f"service key '{wish.name}' exists; unregister it first")
    fields, leaf = _credentials(directory, wish)
    digest = fingerprint(leaf.der) if leaf else None
    client_id = _client_id(wish.name, instance)
    if known is not None and known["sha256"] != digest:
        raise RegistrationError(f"service key '{wish.name}' exists with another certificate; "
                                "unregister it first")
    if known is None:
        if digest is not None:
            _refuse_known_certificate(state, digest)
        state["keys"].append({"name": wish.name, "instance": instance, "type": wish.key_type,
                              "clientid": client_id, "sha256": digest,
                              "secret_sha256": _secret_digest(fields)})
    if wish.roles or instance not in state["instances"]:
        _put_roles(state["instances"], instance, wish.roles or DEFAULT_ROLES)
    write_json(directory / FILE_NAME, state)
    return {"oauth": {**_base_document(client_id, url, wish.key_type), **fields}}


def unregister(directory: Path, name: str) -> None:
    """Removes a service key, and its instance if that was the last key."""
    state = _load(directory)
    key = _find(state, name)
    if key is None:
        raise RegistrationError(f"no service key '{name}'")
    state["keys"].remove(key)
    if all(other["instance"] != key["instance"] for other in state["keys"]):
        state["instances"].pop(key["instance"], None)
    write_json(directory / FILE_NAME, state)


def set_roles(directory: Path, instance: str, roles: list[str]) -> None:
    """Replaces the roles of an instance, like an update of its parameters (contract §2.1)."""
    check_roles(roles)
    state = _load(directory)
    if instance not in state["instances"]:
        raise RegistrationError(f"no service instance '{instance}'")
    _put_roles(state["instances"], instance, roles)
    write_json(directory / FILE_NAME, state)


def summary(directory: Path) -> list[dict[str, Any]]:
    """The registered keys with their roles, without secrets."""
    state = _load(directory)
    return [{**{name: value for name, value in key.items() if name != "secret_sha256"},
             "roles": state["instances"][key["instance"]]["roles"]}
            for key in state["keys"]]


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Writes a key document, mode 0600."""
    write_private(path, json.dumps(document, indent=2) + "\n")
