"""Who may use the platform: users of Cloud Foundry, bindings of the Destination service
(contract §11)."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import certificates
from identity import fingerprint
from issued import new_secret
from nginx_config import CERT_HOST, DESTINATION_HOST, LOGIN_HOST
from service_keys import RegistrationError, changing, load, sap_made

# What a user is in the space of the service instances: an auditor may read, a stranger sees none
SPACE_ROLES = ("developer", "auditor", "stranger")
BINDING_TYPES = ("secret", "x509")


def add_user(directory: Path, name: str, role: str) -> str:
    """Makes a user, or gives a known one another role; returns the new password."""
    password = "+" + new_secret()  # which a client must encode
    with changing(directory) as state:
        users = [user for user in state.get("users", []) if user["name"] != name]
        state["users"] = [*users, {"name": name, "role": role,
                                   "password_sha256": fingerprint(password.encode())}]
    return password


def users(directory: Path) -> dict[str, dict[str, Any]]:
    """The users by their names."""
    return {user["name"]: user for user in load(directory).get("users", [])}


def bind_destination(directory: Path, port: int, name: str, kind: str) -> dict[str, Any]:
    """Makes a binding of the Destination service and returns its document (contract §11.2)."""
    client_id = f"sb-clone-{uuid.uuid4()}!b16289|destination-xsappname!b62"
    made: dict[str, Any] = {"name": name, "clientid": client_id, "sha256": None,
                            "secret_sha256": None}
    document = {"clientid": client_id, "uri": f"https://{DESTINATION_HOST}:{port}",
                "url": f"https://{LOGIN_HOST}:{port}", "instanceid": str(uuid.uuid4())}
    if kind == "secret":
        secret = f"{uuid.uuid4()}$+{new_secret()}="
        made["secret_sha256"] = fingerprint(secret.encode())
        document |= {"clientsecret": secret, "credential-type": "binding-secret"}
    else:
        proof = sap_made(directory)
        leaf = certificates.certificates_in(proof["certificate"])[0]
        made["sha256"] = fingerprint(certificates.read_leaf(leaf).der)
        document |= {**proof, "certurl": f"https://{CERT_HOST}:{port}", "credential-type": "x509"}
    with changing(directory) as state:
        if any(other["name"] == name for other in state.get("destinations", [])):
            raise RegistrationError(f"there is a destination binding '{name}' already")
        state.setdefault("destinations", []).append(made)
    return document


def unbind_destination(directory: Path, name: str) -> None:
    """Removes a binding; its tokens are void."""
    with changing(directory) as state:
        kept = [other for other in state.get("destinations", []) if other["name"] != name]
        if len(kept) == len(state.get("destinations", [])):
            raise RegistrationError(f"no destination binding '{name}'")
        state["destinations"] = kept
