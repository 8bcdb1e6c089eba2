"""The server that gives the tokens of Cloud Foundry's users (contract §11.3)."""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path
from typing import Any, Optional

import accounts
from grants import Grants
from identity import fingerprint
from paths import Request
from render import Response, error_response
from scenario import Scenario
from token_server import TOKEN_PATH, OAuthError, form_fields, json_answer

CLIENT = "cf:"  # the client of the cf command line, whose secret is empty
LIFETIME_S, REFRESH_S = 1200, 2592000
TOKEN_LENGTH = 1200  # a real one is a JWT of about that size
BAD_CREDENTIALS = OAuthError(401, "unauthorized", "Bad credentials")


class Uaa:
    """Issues tokens to users and recognises them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._access: Grants[str] = Grants(TOKEN_LENGTH)
        self._refresh: Grants[str] = Grants()

    def user(self, authorization: str, active: Scenario) -> Optional[dict[str, Any]]:
        """The user of an access token, or None."""
        name = self._access.holder(authorization, active)
        return None if name is None else accounts.users(self._directory).get(name)

    def answer(self, request: Request, headers: Any) -> tuple[Response, str]:
        """The answer, and who got a token."""
        if request.path != TOKEN_PATH:
            return error_response(404, "Not Found", "No such page.", "html"), ""
        try:
            return self._token(request, headers)
        except OAuthError as error:
            form = request.scene.get("oauth_body")
            if form:
                return error_response(error.status, error.code, error.reason, form), ""
            return json_answer({"error": error.code, "error_description": error.reason},
                               error.status), ""

    def _token(self, request: Request, headers: Any) -> tuple[Response, str]:
        active = request.scene
        if active.get("oauth_error") or active.get("oauth_status"):
            raise OAuthError(active.get("oauth_status", 401), "unauthorized",
                             active.get("oauth_error", "Simulated fault."))
        if active.get("oauth_html"):
            return error_response(200, "Log on", "Simulated page.", "html"), ""
        if request.method != "POST":
            raise OAuthError(405, "invalid_request", "POST only")
        fields = form_fields(f"{request.path}?{request.query}", headers, request.body)
        if _client(fields, headers) != CLIENT:
            raise BAD_CREDENTIALS
        name = self._authenticate(fields)
        lifetime_s = active.get("token_expires_in", LIFETIME_S)
        return json_answer({
            "access_token": self._access.issue(name, lifetime_s), "token_type": "bearer",
            "refresh_token": self._refresh.issue(name, REFRESH_S),
            "expires_in": lifetime_s - 1, "scope": "cloud_controller.read cloud_controller.write "
            "openid", "jti": fingerprint(name.encode())[:32]}), name

    def _authenticate(self, fields: dict[str, str]) -> str:
        kind = fields.get("grant_type")
        if kind == "refresh_token":
            name = self._refresh.redeem(fields.get("refresh_token", ""))
            if name is None:
                raise OAuthError(401, "invalid_token", "The token expired, was revoked, or the "
                                                       "token ID is incorrect.")
            return name
        if kind != "password":
            raise OAuthError(400, "unsupported_grant_type", "Unsupported grant type")
        user = accounts.users(self._directory).get(fields.get("username", ""))
        digest = fingerprint(fields.get("password", "").encode())
        if user is None or not hmac.compare_digest(user["password_sha256"], digest):
            raise BAD_CREDENTIALS
        return str(user["name"])


def _client(fields: dict[str, str], headers: Any) -> str:
    """Id and secret of the client, as basic authentication or as fields."""
    scheme, _, value = (headers.get("Authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BAD_CREDENTIALS from None
    return fields.get("client_id", "") + ":" + fields.get("client_secret", "")
