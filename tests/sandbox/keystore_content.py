"""The certificates of keystore entries (contract §7.3): texts in PEM's form, not real ones."""

from __future__ import annotations

import base64
from typing import Any

from edm import STRING, EntityType

Entity = dict[str, Any]

CERTIFICATE = "CertificateResource"

ENTITY_TYPES = (
    EntityType(
        name=CERTIFICATE, entity_set="CertificateResources", keys=("Hexalias",),
        properties={"Hexalias": STRING, "Alias": STRING}, media=True, addressable=False),
)


def certificate_of(entry: Entity) -> list[Entity]:
    """The certificate of an entry."""
    return [{"Hexalias": entry["Hexalias"], "Alias": entry["Alias"]}]


def content(certificate: Entity) -> bytes:
    """What its $value answers."""
    text = base64.b64encode(f"certificate of {certificate['Alias']}".encode()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()
