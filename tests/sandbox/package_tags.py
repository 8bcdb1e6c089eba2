"""The custom tags of packages (contract §7.2)."""

from __future__ import annotations

import json
from typing import Any, Optional

import custom_tags

Entity = dict[str, Any]

_ALWAYS = ("Author", "LoB")


def names(configuration: Optional[Entity]) -> list[str]:
    """The tags that the tenant knows: two, and those of its configuration."""
    if configuration is None:
        return list(_ALWAYS)
    document = json.loads(custom_tags.content(configuration))
    own = [tag["tagName"] for tag in document["customTagsConfiguration"]]
    return list(dict.fromkeys([*_ALWAYS, *own]))


def tags_of(package: Entity, known: list[str]) -> list[Entity]:
    """All tags that the tenant knows, with the values of a package."""
    values = package.get("_tags", {})
    return [{"Name": name, "Value": values.get(name)} for name in known]
