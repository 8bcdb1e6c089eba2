"""The platform around the sandbox's tenant: bindings of the Destination service, users of Cloud
Foundry, service instances and keys (contract §11)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Sequence

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from tenants import Sandbox  # noqa: E402  (makes the sandbox's modules importable)
import accounts  # noqa: E402
import cf_login  # noqa: E402
import service_keys  # noqa: E402
from statefile import write_private  # noqa: E402

USER = "dev@example.com"


class Platform:
    """What a test needs of a running sandbox besides its tenant."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.cf_api: str = box.info["cf_api_url"]
        self.uaa: str = box.info["uaa_url"]

    def binding(self, name: str = "destination", kind: str = "secret",
                wrapped: bool = False) -> Path:
        """The file of a new binding of the Destination service; kind: secret or x509."""
        path = self.box.folder / f"{name}.binding.json"
        made = accounts.bind_destination(self.box.folder, int(self.box.info["port"]), name, kind)
        service_keys.write_document(path, {"credentials": made} if wrapped else made)
        return path

    def unbind(self, name: str = "destination") -> None:
        """Removes such a binding: its tokens are void."""
        accounts.unbind_destination(self.box.folder, name)

    def instance(self, name: str, roles: Sequence[str] = (), grant_type: str = "client_credentials",
                 plan: str = "api") -> str:
        """A service instance without a key, which stays when its last key goes; its name."""
        service_keys.make_instance(self.box.folder, name, [*roles], plan, grant_type)
        return name

    def password(self, user: str = USER, role: str = "developer") -> Path:
        """The file of a new password; role in the space: developer, auditor or stranger."""
        path = self.box.folder / f"{user}.password"
        write_private(path, accounts.add_user(self.box.folder, user, role) + "\n")
        return path

    def token(self, user: str = USER, role: str = "developer") -> Path:
        """The file of a fresh access token, as `cf oauth-token` prints it."""
        path = self.box.folder / f"{user}.token"
        password = self.password(user, role).read_text(encoding="utf-8").rstrip("\n")
        write_private(path, cf_login.access_token(self.box.info, user, password) + "\n")
        return path

    def keys(self, instance: str) -> list[dict[str, Any]]:
        """The keys that the tenant accepts for an instance: name, guid, sha256 and more."""
        return [key for key in service_keys.load(self.box.folder)["keys"]
                if key["instance"] == instance]
