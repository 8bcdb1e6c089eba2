"""What the servers of the sandbox have, asked and put back without the program that is tested."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

# pylint: disable=wrong-import-position
from tenants import Sandbox  # noqa: E402  (makes the sandbox's modules importable)
from nginx_config import CF_API_HOST, DESTINATION_HOST, LOGIN_HOST  # noqa: E402
import service_keys  # noqa: E402

SECONDS = 60
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
State = dict[str, Any]


class Host:
    """A host of the sandbox."""

    def __init__(self, box: Sandbox, name: str, authorization: str = "") -> None:
        self._name, self._port = name, int(box.info["port"])
        self._headers = {"Authorization": authorization} if authorization else FORM
        self._tls = ssl.create_default_context(cafile=str(box.ca))

    def ask(self, method: str, target: str, body: str = "") -> Any:
        """The JSON of an answer, None without; raises on a refusal."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS) as plain:
            connection = http.client.HTTPSConnection(self._name, self._port, timeout=SECONDS)
            connection.sock = self._tls.wrap_socket(plain, server_hostname=self._name)
            connection.request(method, target, body=body or None,
                               headers={"Accept": "application/json", **self._headers})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {target}: {answer.status} {content.decode()}")
        return json.loads(content) if content else None


def token_of(box: Sandbox, client: dict[str, str]) -> str:
    """An access token for a client and its secret."""
    made = Host(box, LOGIN_HOST).ask("POST", "/oauth/token", urlencode({
        "grant_type": "client_credentials", "client_id": client["clientid"],
        "client_secret": client["clientsecret"]}))
    return f"Bearer {made['access_token']}"


class Remote:
    """What a scenario changes on a server."""

    told = ""  # by a failure that left something there

    def state(self) -> State:
        """What is there of the scenario."""
        raise NotImplementedError

    def put_back(self) -> None:
        """Nothing of it is there."""
        raise NotImplementedError


class Nothing(Remote):
    """Of a scenario that only reads."""

    def state(self) -> State:
        return {}

    def put_back(self) -> None:
        pass


class Certificates(Remote):
    """Those of the Destination service."""

    told = r"whether the write was done is unknown|was ordered|was issued"
    _PATH = "/destination-configuration/v1/subaccountCertificates"

    def __init__(self, box: Sandbox, binding: Path) -> None:
        login = token_of(box, json.loads(binding.read_text(encoding="utf-8")))
        self._host = Host(box, DESTINATION_HOST, login)

    def state(self) -> State:
        return {row["Name"]: "issued" for row in self._host.ask("GET", self._PATH)}

    def put_back(self) -> None:
        for name in self.state():
            self._host.ask("DELETE", f"{self._PATH}/{quote(name)}")


class Keys(Remote):
    """The service keys of Cloud Foundry; the sandbox ends its jobs when it is asked."""

    told = r"whether the write was done is unknown|tells what came of it|was made"
    _PATH = "/v3/service_credential_bindings?type=key&names="

    def __init__(self, box: Sandbox, token: Path, name: str) -> None:
        self._folder, self._target = box.folder, self._PATH + quote(name)
        self._host = Host(box, CF_API_HOST, token.read_text(encoding="utf-8").strip())

    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._host.ask("GET", self._target)["resources"]
        return rows

    def state(self) -> State:
        return {row["name"]: row["last_operation"]["state"] for row in self._rows()}

    def put_back(self) -> None:
        for row in self._rows():
            service_keys.remove(self._folder, row["guid"])


class Strings(Remote):
    """The string parameters of a partner."""

    told = r"look what was done|the tenant did it|is unknown|changes done before"
    _PATH = "/api/v1/StringParameters"

    def __init__(self, box: Sandbox, role: str, partner: str) -> None:
        path = box.folder / "observer.json"
        path = path if path.exists() else box.register_type("observer", "secret", [role])
        key = json.loads(path.read_text(encoding="utf-8"))["oauth"]
        self._host, self._partner = Host(box, "localhost", token_of(box, key)), partner

    def state(self) -> State:
        wanted = quote(f"Pid eq '{self._partner}'")
        rows = self._host.ask("GET", f"{self._PATH}?$format=json&$filter={wanted}")["d"]["results"]
        return {row["Id"]: row["Value"] for row in rows}

    def put_back(self) -> None:
        for name in self.state():
            self._host.ask("DELETE", f"{self._PATH}(Pid='{self._partner}',Id='{quote(name)}')")
