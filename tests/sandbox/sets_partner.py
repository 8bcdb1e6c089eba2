"""Partner Directory (contract §7.5)."""

from __future__ import annotations

from edm import BINARY, DATETIME, STRING, EntityType, Filtering, Writes

ROLE = "AuthGroup_TenantPartnerDirectoryConfigurator"
CHANGES = {"LastModifiedBy": STRING, "LastModifiedTime": DATETIME, "CreatedBy": STRING,
           "CreatedTime": DATETIME}


def _writes(*also_by_server: str) -> Writes:
    return Writes({"POST": 201, "PUT": 204, "DELETE": 204}, (ROLE,), echo=True, taken=500,
                  set_by_server=frozenset({*CHANGES, *also_by_server}))


_HEX_KEYS = ("Hexagency", "Hexscheme", "Hexid")

ENTITY_TYPES = (
    EntityType(
        name="StringParameter", entity_set="StringParameters", keys=("Pid", "Id"),
        properties={"Pid": STRING, "Id": STRING, "Value": STRING, **CHANGES},
        listable=True, role=ROLE, writes=_writes()),
    EntityType(
        name="BinaryParameter", entity_set="BinaryParameters", keys=("Pid", "Id"),
        properties={"Pid": STRING, "Id": STRING, "ContentType": STRING, "Value": BINARY,
                    **CHANGES},
        listable=True, role=ROLE, page_size=30, writes=_writes()),
    EntityType(
        name="AlternativePartner", entity_set="AlternativePartners", keys=_HEX_KEYS,
        properties={**{key: STRING for key in _HEX_KEYS}, "Agency": STRING, "Scheme": STRING,
                    "Id": STRING, "Pid": STRING, **CHANGES},
        listable=True, role=ROLE, filtering=Filtering(empty=frozenset(_HEX_KEYS)),
        writes=_writes(*_HEX_KEYS)),
    EntityType(
        name="AuthorizedUser", entity_set="AuthorizedUsers", keys=("User",),
        properties={"User": STRING, "Pid": STRING, **CHANGES},
        listable=True, role=ROLE, writes=_writes()),
    EntityType(
        name="UserCredentialParameter", entity_set="UserCredentialParameters", keys=("Pid", "Id"),
        properties={"Pid": STRING, "Id": STRING, "User": STRING, "Password": STRING, **CHANGES},
        listable=True, role=ROLE,
        writes=Writes({"POST": 201, "DELETE": 204}, (ROLE,), echo=True, upsert=True,
                      set_by_server=frozenset(CHANGES), never_read=frozenset({"Password"}))),
    # a partner exists through its entries: no create, no read of one
    EntityType(
        name="Partner", entity_set="Partners", keys=("Pid",), properties={"Pid": STRING},
        listable=True, addressable=False, role=ROLE, writes=Writes({"DELETE": 204}, (ROLE,))),
)

# One change set is one transaction for these (contract §6.4)
TRANSACTIONAL = frozenset({"StringParameters", "BinaryParameters", "AlternativePartners",
                           "AuthorizedUsers"})
ALONE_IN_A_CHANGE_SET = "UserCredentialParameters"
