"""Logs a user on to the simulated Cloud Foundry, as `cf login` and `cf oauth-token` do."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from typing import Any
from urllib.parse import urlencode

from nginx_config import UAA_HOSTS

_HEADERS = {"Authorization": "Basic Y2Y6", "Content-Type": "application/x-www-form-urlencoded"}


class LoginError(RuntimeError):
    """The token server gave no token."""


def access_token(info: dict[str, Any], user: str, password: str) -> str:
    """What `cf oauth-token` prints: "bearer " and a token; info: the content of sandbox.json."""
    tls = ssl.create_default_context(cafile=info["server_ca"])
    host, port = UAA_HOSTS[0], int(info["port"])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        connection = http.client.HTTPSConnection(host, port, timeout=60)
        connection.sock = tls.wrap_socket(plain, server_hostname=host)
        connection.request("POST", "/oauth/token", headers=_HEADERS, body=urlencode(
            {"grant_type": "password", "username": user, "password": password}))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise LoginError(f"no token for {user}: {answer.status} {body.decode(errors='replace')}")
    return f"bearer {json.loads(body)['access_token']}"
