"""The custom tags that the tenant knows (contract §7.2): one document for all packages."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from edm import STRING, EntityType, Writes
from refusal import Refused

if TYPE_CHECKING:
    from rules import Change

Entity = dict[str, Any]

TYPE, ID, CONTENT = "CustomTagConfiguration", "CustomTags", "CustomTagsConfigurationContent"

ENTITY_TYPES = (
    EntityType(
        name=TYPE, entity_set=f"{TYPE}s", keys=("Id",), properties={"Id": STRING, CONTENT: STRING},
        media=True, role="WorkspacePackagesRead", content_role="WorkspacePackagesRead",
        writes=Writes({"POST": 201}, ("WebToolingSettingsProductProfiles.savetenantconfiguration",),
                      upsert=True, never_read=frozenset({CONTENT}))),
)


def check(change: Change) -> None:
    """The document is taken as it is, if it is one; what is there is replaced if told so."""
    change.has_text(f"_{CONTENT}")
    try:
        document = json.loads(base64.b64decode(change.row[f"_{CONTENT}"], validate=True))
        names = [tag["tagName"] for tag in document["customTagsConfiguration"]]
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "The content is no configuration of custom tags.") from None
    change.demand(all(names), "A custom tag has no name.")
    change.row["Id"] = ID
    present = change.store.tables[TYPE].find({"Id": ID})
    change.demand(not present or change.options.get("Overwrite") == "true",
                  "CustomTag Configuration already exist. To overwrite existing configuration, "
                  "try with 'Overwrite=true' custom query params.", 409)


def content(configuration: Entity) -> bytes:
    """What its $value answers."""
    return base64.b64decode(configuration[f"_{CONTENT}"])
