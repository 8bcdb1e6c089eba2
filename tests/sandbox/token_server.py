"""The token server behind its two hosts: OAuth client credentials by secret or by certificate.

Contract §3. A token is opaque, belongs to one service key, and keeps the roles that the instance
had when it was issued (§3.6).
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

from grants import Grants
from identity import LB_FRONT, Caller, Client, Registry, certificate_digest, fingerprint
from nginx_config import CERT_HOST, LOGIN_HOST
from render import Response, error_response
from scenario import Scenario

TOKEN_PATH = "/oauth/token"
CONFIGURATION_PATH = "/.well-known/openid-configuration"
FORM_TYPE = "application/x-www-form-urlencoded"
LIFETIME_S = 43200  # default of token-validity for plan api (§2.1)

# The reasons of §3.5
FAILED = "Client authentication failed"
BAD_CREDENTIALS = "Bad credentials"
UNKNOWN_CLIENT = "Client with requested ID does not exist"


class OAuthError(Exception):
    """A refusal; the error code is one of RFC 6749 section 5.2."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


def json_answer(value: Any, status: int = 200) -> Response:
    """An answer of a token server, which nobody keeps."""
    return Response(status, json.dumps(value).encode(), "application/json;charset=UTF-8",
                    {"Cache-Control": "no-store"})


def form_fields(target: str, headers: Any, body: bytes) -> dict[str, str]:
    """The fields of the form, and grant_type of the query too (§3.1). Repeated ones are refused."""
    if (headers.get("Content-Type") or "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise OAuthError(400, "invalid_request", f"the body must be {FORM_TYPE}")
    try:
        form = parse_qs(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise OAuthError(400, "invalid_request", "the body is not UTF-8") from None
    query = parse_qs(urlsplit(target).query)
    if "grant_type" in query:
        form.setdefault("grant_type", query["grant_type"])
    for name, values in form.items():
        if len(values) != 1:
            raise OAuthError(400, "invalid_request", f"{name} is repeated")
    return {name: values[0] for name, values in form.items()}


def _proved(client: Client, front: str, fields: dict[str, str], headers: Any) -> bool:
    """Whether the caller is that client: each host accepts one kind of proof."""
    if front == "cert":
        return client.sha256 is not None and certificate_digest(headers) == client.sha256
    digest = fingerprint(fields.get("client_secret", "").encode())
    return client.secret_sha256 is not None and hmac.compare_digest(digest, client.secret_sha256)


class TokenServer:
    """Issues tokens and recognises them."""

    def __init__(self, api_url: str) -> None:
        port = api_url.rpartition(":")[2]
        self._urls = {"login": f"https://{LOGIN_HOST}:{port}",
                      "cert": f"https://{CERT_HOST}:{port}"}
        self._grants: Grants[Caller] = Grants()

    # --- at the token hosts ------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Any, body: bytes, registry: Registry,
               active: Scenario) -> tuple[Response, Optional[Caller]]:
        """The answer of a token host, and whom it gave a token."""
        front = headers.get(LB_FRONT)
        path = urlsplit(target).path
        if path == CONFIGURATION_PATH and front == "login" and method == "GET":
            return self._configuration(active), None
        if path != TOKEN_PATH:
            return error_response(404, "Not Found", "No such page.", "html"), None
        try:
            return self._token(method, _Asked(front, target, headers, body), registry, active)
        except OAuthError as error:
            if active.get("oauth_body"):
                return error_response(error.status, error.code, error.reason,
                                      active.get("oauth_body")), None
            return json_answer({"error": error.code, "error_description": error.reason},
                               error.status), None

    def _configuration(self, active: Scenario) -> Response:
        """§3.2"""
        document: dict[str, Any] = {"issuer": self._urls["login"] + TOKEN_PATH,
                                    "token_endpoint": self._urls["login"] + TOKEN_PATH}
        if not active.get("no_mtls_alias"):
            document["mtls_endpoint_aliases"] = {"token_endpoint": self._urls["cert"] + TOKEN_PATH}
        return json_answer(document)

    def _token(self, method: str, asked: _Asked, registry: Registry,
               active: Scenario) -> tuple[Response, Optional[Caller]]:
        if active.get("oauth_error") or active.get("oauth_status"):
            raise OAuthError(active.get("oauth_status", 401), "invalid_client",
                             active.get("oauth_error", "Simulated fault."))
        if active.get("oauth_html"):
            return error_response(200, "Log on", "Simulated page.", "html"), None
        if method != "POST":
            raise OAuthError(405, "invalid_request", "POST only")
        caller = self._authenticate(asked, registry)
        lifetime_s = active.get("token_expires_in", LIFETIME_S)
        token = self._grants.issue(caller, lifetime_s)
        return json_answer({"access_token": token, "token_type": "bearer",
                            "expires_in": lifetime_s}), caller

    @staticmethod
    def _authenticate(asked: _Asked, registry: Registry) -> Caller:
        fields = form_fields(asked.target, asked.headers, asked.body)
        if fields.get("grant_type") != "client_credentials":
            raise OAuthError(400, "unsupported_grant_type", "Unsupported grant type")
        if "client_id" not in fields:
            raise OAuthError(401, "invalid_client", FAILED)
        client = registry.client(fields["client_id"])
        if client is None:
            raise OAuthError(401, "invalid_client", UNKNOWN_CLIENT)
        if not _proved(client, asked.front, fields, asked.headers):
            reason = BAD_CREDENTIALS if asked.front == "login" else FAILED
            raise OAuthError(401, "invalid_client", reason)
        return client.caller

    # --- at the hosts that take tokens -------------------------------------------------------

    def caller(self, authorization: str, registry: Registry, active: Scenario) -> Optional[Caller]:
        """Whom a bearer token stands for, or None."""
        caller = self._grants.holder(authorization, active)
        return caller if caller is not None and registry.has_key(caller) else None


@dataclass(frozen=True)
class _Asked:
    """A request to a token host."""

    front: str
    target: str
    headers: Any
    body: bytes
