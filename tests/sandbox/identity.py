"""Who is calling: certificate, service key, instance, roles (contract §1.1, §10.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any, Mapping, Optional
from urllib.parse import unquote

FILE_NAME = "service-keys.json"

# Headers nginx sets towards the tenant. The load balancer of the contract forwards SSL_CLIENT_CERT
# (base64 of the DER); nginx can only forward escaped PEM, so the tenant converts it first.
LB_TOKEN = "X-Lb-Token"
LB_CERT_PEM = "X-Lb-Client-Cert-Pem"
LB_SUBJECT = "X-Lb-Client-Subject"
LB_ISSUER = "X-Lb-Client-Issuer"
LB_VERIFY = "X-Lb-Client-Verify"
# The host that was asked: api, router, login and cert (token server), or destination, cf and uaa
LB_FRONT = "X-Lb-Front"

API, DESTINATION = "api", "destination"


class CertificateFormError(ValueError):
    """Not exactly one PEM certificate."""


def pem_to_der(text: str) -> bytes:
    """The DER of a text that holds exactly one certificate; line feeds may be missing (§2.2)."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise CertificateFormError("expected exactly one certificate")
    inside = text.split(begin)[1].split(end)[0]
    try:
        return base64.b64decode("".join(inside.split()), validate=True)
    except binascii.Error as error:
        raise CertificateFormError("the certificate is not base64") from error


def fingerprint(der: bytes) -> str:
    """SHA-256 of the leaf, in hex: how a certificate finds its service key (§10.1)."""
    return hashlib.sha256(der).hexdigest()


def ssl_client_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """SSL_CLIENT_CERT, SSL_CLIENT_USER, SSL_CLIENT_ISSUER as the load balancer forwards them.

    Empty if no certificate came through. Only a verified one counts (contract §1.1.4).
    """
    pem = headers.get(LB_CERT_PEM)
    if not pem or headers.get(LB_VERIFY) != "SUCCESS":
        return {}
    try:
        der = pem_to_der(unquote(pem))
    except CertificateFormError:
        return {}
    return {"SSL_CLIENT_CERT": base64.b64encode(der).decode(),
            "SSL_CLIENT_USER": headers.get(LB_SUBJECT) or "",
            "SSL_CLIENT_ISSUER": headers.get(LB_ISSUER) or ""}


def certificate_digest(headers: Mapping[str, str]) -> Optional[str]:
    """The fingerprint of the certificate that came through, or None."""
    certificate = ssl_client_headers(headers).get("SSL_CLIENT_CERT")
    return None if certificate is None else fingerprint(base64.b64decode(certificate))


def came_through_lb(headers: Mapping[str, str], token: str) -> bool:
    """Whether nginx sent this request: it adds a secret made at start."""
    return hmac.compare_digest((headers.get(LB_TOKEN) or "").encode(), token.encode())


@dataclass(frozen=True)
class Caller:
    """A known caller: its service key, instance and roles."""

    key_name: str
    instance: str
    roles: frozenset[str]
    service: str = API  # what the key is for


@dataclass(frozen=True)
class Client:
    """An OAuth client: a service key as the token server knows it (contract §3)."""

    caller: Caller
    sha256: Optional[str]  # of its certificate
    secret_sha256: Optional[str]


def roles_of(instance: Mapping[str, Any], delay_s: float, now: float) -> frozenset[str]:
    """The roles in force when a change takes this long to get through the caches (§1.2).

    The first roles of an instance hold from the start; "changes" are those made since, in order.
    """
    in_force = instance.get("first_roles", instance["roles"])
    for change in instance.get("changes", []):
        if change["at"] <= now - delay_s:
            in_force = change["roles"]
    return frozenset(in_force)


class Registry:
    """The registered service keys by certificate fingerprint and by client id."""

    def __init__(self, state: Mapping[str, Any], role_delay_s: float = 0,
                 key_delay_s: float = 0) -> None:
        self._state = state
        self._callers: dict[str, Optional[Caller]] = {}
        self._clients: dict[str, Client] = {}
        instances = state.get("instances", {})
        for key in state.get("keys", []):
            if key_delay_s and key["at"] > time.time() - key_delay_s:
                continue
            digest = key.get("sha256")
            caller = Caller(key["name"], key["instance"],
                            roles_of(instances[key["instance"]], role_delay_s, time.time()))
            self._clients[key["clientid"]] = Client(caller, digest, key.get("secret_sha256"))
            if digest is None:
                continue  # a client secret: no certificate to recognise
            # The same certificate twice is a configuration error: rejected (contract §1.2).
            known = digest in self._callers
            self._callers[digest] = None if known else caller
        for binding in state.get("destinations", []):
            caller = Caller(binding["name"], binding["name"], frozenset(), DESTINATION)
            self._clients[binding["clientid"]] = Client(caller, binding.get("sha256"),
                                                        binding.get("secret_sha256"))

    def delayed(self, role_delay_s: float, key_delay_s: float = 0) -> Registry:
        """The same keys, with the roles and the new keys as the caches still have them."""
        if not role_delay_s and not key_delay_s:
            return self
        return Registry(self._state, role_delay_s, key_delay_s)

    def caller(self, headers: Mapping[str, str]) -> Optional[Caller]:
        """The caller the forwarded certificate belongs to, or None."""
        digest = certificate_digest(headers)
        return None if digest is None else self._callers.get(digest)

    def client(self, client_id: str) -> Optional[Client]:
        """The OAuth client of that id, or None."""
        return self._clients.get(client_id)

    def has_key(self, caller: Caller) -> bool:
        """Whether the service key of a caller is still there."""
        return any((client.caller.key_name, client.caller.instance, client.caller.service) ==
                   (caller.key_name, caller.instance, caller.service)
                   for client in self._clients.values())
