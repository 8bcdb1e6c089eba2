"""OAuth2 client credentials with their custom parameters (contract §7.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Iterator

from edm import STRING, EntityType, Navigation, Writes

if TYPE_CHECKING:
    from rules import Change

Entity = dict[str, Any]

CREDENTIAL, PARAMETER, PARAMETERS = "OAuth2ClientCredential", "CustomParameter", "CustomParameters"
_PLACES = ("body", "url")
_WORDS = {"ClientAuthentication": ("body", "header"), "ScopeContentType": ("urlencoded", "json")}

ENTITY_TYPES = (
    EntityType(
        name=CREDENTIAL, entity_set="OAuth2ClientCredentials", keys=("Name",),
        properties={"Name": STRING, "Description": STRING, "TokenServiceUrl": STRING,
                    "ClientId": STRING, "ClientSecret": STRING, "ClientAuthentication": STRING,
                    "Scope": STRING, "ScopeContentType": STRING, "Resource": STRING,
                    "Audience": STRING,
                    "SecurityArtifactDescriptor": "SecurityArtifactDescriptor"},
        navigations={PARAMETERS: Navigation(PARAMETER, True)},
        listable=True,
        writes=Writes({"POST": 202, "PUT": 202, "DELETE": 202}, ("CredentialsEdit",), missing=409,
                      set_by_server=frozenset({"SecurityArtifactDescriptor"}),
                      never_read=frozenset({"ClientSecret"}))),
    EntityType(
        name=PARAMETER, entity_set=PARAMETERS, keys=("Key",),
        properties={"Key": STRING, "Value": STRING, "SendAsPartOf": STRING}, addressable=False),
)


def check(change: Change) -> None:
    """Custom parameters come with a new credential only; a change takes them away."""
    change.has_text("Name", "TokenServiceUrl", "ClientId", "_ClientSecret")
    for name, words in _WORDS.items():
        change.demand(change.row[name] in words, f"Unknown {name}.")
    sent = change.deep.get(PARAMETERS) or []
    rows = list(sent.get("results", []) if isinstance(sent, dict) else sent)
    change.demand(change.before is None or not rows, "CustomParameters cannot be changed.")
    for row in rows:
        change.demand(isinstance(row, dict) and row.get("Key")
                      and set(row) == {"Key", "Value", "SendAsPartOf"}
                      and row["SendAsPartOf"] in _PLACES, "A custom parameter is malformed.")
    change.row["_parameters"] = rows
    change.row["SecurityArtifactDescriptor"] = {
        "Type": "OAUTH2_CLIENT_CREDENTIALS", "DeployedBy": change.user,
        "DeployedOn": change.store.now(), "Status": "DEPLOYED"}


def parameters_of(credential: Entity) -> list[Entity]:
    """The custom parameters of a credential."""
    return list(credential["_parameters"])


def rows(now: datetime) -> Iterator[Entity]:
    """What is there at the start."""
    for name, parameters in (("Shop_API", []), ("Köln's OAuth", [
            {"Key": "tenant", "Value": "Größe", "SendAsPartOf": "body"}])):
        yield {"Name": name, "Description": "", "TokenServiceUrl": "https://auth.example/token",
               "ClientId": "shop", "ClientAuthentication": "header", "Scope": "orders",
               "ScopeContentType": "urlencoded", "Resource": "", "Audience": "aud",
               "_ClientSecret": "seed", "_parameters": parameters,
               "SecurityArtifactDescriptor": {"Type": "OAUTH2_CLIENT_CREDENTIALS",
                                              "DeployedBy": "seed", "DeployedOn": now,
                                              "Status": "DEPLOYED"}}
