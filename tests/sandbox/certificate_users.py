"""Which user a client certificate stands for (contract §7.3): of Neo, and kept for what it shows of
keys that the server makes."""

from __future__ import annotations

import base64
import hashlib
import ssl
from typing import TYPE_CHECKING, Any

from edm import BINARY, DATETIME, INT64, STRING, EntityType, Filtering, Writes

if TYPE_CHECKING:
    from rules import Change

Entity = dict[str, Any]

TYPE = "CertificateUserMapping"
_STAMPS = ("LastModifiedBy", "CreatedBy"), ("LastModifiedTime", "CreatedTime")

ENTITY_TYPES = (
    EntityType(
        name=TYPE, entity_set=f"{TYPE}s", keys=("Id",),
        properties={"Id": STRING, "User": STRING, "Certificate": BINARY,
                    **dict.fromkeys(_STAMPS[0], STRING), **dict.fromkeys(_STAMPS[1], DATETIME),
                    "ValidUntil": INT64},
        listable=True,
        filtering=Filtering(refused=frozenset({"Id", "Certificate", "ValidUntil", *_STAMPS[0],
                                               *_STAMPS[1]})),
        writes=Writes({"POST": 201, "DELETE": 204}, ("SecurityMaterialEdit",), echo=True,
                      upsert=True, set_by_server=frozenset(
                          {"Id", "ValidUntil", *_STAMPS[0], *_STAMPS[1]}))),
)


def check(change: Change) -> None:
    """The Id is the MD5 of the certificate; a second one of the same certificate replaces it."""
    change.has_text("User", "Certificate")
    try:
        der = ssl.PEM_cert_to_DER_cert(base64.b64decode(change.row["Certificate"]).decode())
    except ValueError:
        change.demand(False, "The certificate is not the base64 of a PEM.")
        return
    now = change.store.now()
    change.row.update(Id=hashlib.md5(der).hexdigest(), LastModifiedBy=change.user,
                      LastModifiedTime=now, CreatedBy=change.user, CreatedTime=now)
