"""The entity types of the keystore (contract §7.3)."""

from __future__ import annotations

from edm import BINARY, DATETIMEOFFSET, INT32, STRING, EntityType, Navigation

ENTRY, HISTORY, STORE = "KeystoreEntry", "HistoryKeystoreEntry", "Keystore"
CERTIFICATE, CHAIN_CERTIFICATE, CHAIN = (
    "CertificateResource", "ChainCertificate", "CertificateChainResource")
REQUEST, SSH_KEY, RESOURCE = "CertificateSigningRequest", "SSHKeyResource", "KeystoreResource"
MEDIA = (CERTIFICATE, CHAIN, REQUEST, SSH_KEY)
NAVIGATIONS = {"Certificate": CERTIFICATE, "ChainResource": CHAIN, "SigningRequest": REQUEST,
               "Sshkey": SSH_KEY}

_ALIAS = {"Hexalias": STRING, "Alias": STRING}
_KEY = {"KeyType": STRING, "KeySize": INT32, "EllipticCurve": STRING,
        "ValidNotBefore": DATETIMEOFFSET, "ValidNotAfter": DATETIMEOFFSET,
        "SerialNumber": STRING, "SignatureAlgorithm": STRING}
_FACTS = {**_ALIAS, **_KEY, "Validity": STRING, "SubjectDN": STRING, "IssuerDN": STRING,
          "Version": INT32, "FingerprintSha1": STRING, "FingerprintSha256": STRING,
          "FingerprintSha512": STRING}
ENTRY_PROPERTIES = {**_FACTS, "Type": STRING, "Owner": STRING, "Status": STRING,
                    "LastModifiedBy": STRING, "LastModifiedTime": DATETIMEOFFSET,
                    "CreatedBy": STRING, "CreatedTime": DATETIMEOFFSET}
_FORMER = {"ActivatedBy": STRING, "ActiveFrom": DATETIMEOFFSET, "DeactivatedBy": STRING,
           "ActiveUntil": DATETIMEOFFSET, "ActivationSequenceNumber": INT32,
           "OriginalAlias": STRING}
_SUBJECT = {name: STRING for name in ("CommonName", "OrganizationUnit", "Organization", "Locality",
                                      "State", "Country", "Email")}
_ABOVE = {"KeystoreEntry": Navigation(ENTRY, False)}


def _hidden(name: str, properties: dict[str, str], media: bool = False,
            entity_set: str = "") -> EntityType:
    """A set that is written to, or reached through an entry, only."""
    return EntityType(name=name, entity_set=entity_set or f"{name}s", keys=("Hexalias",),
                      properties=properties, media=media, addressable=False)


ENTITY_TYPES = (
    EntityType(
        name=ENTRY, entity_set="KeystoreEntries", keys=("Hexalias",),
        properties=ENTRY_PROPERTIES, listable=True,
        navigations={**{name: Navigation(kind, False) for name, kind in NAVIGATIONS.items()},
                     "ChainCertificates": Navigation(CHAIN_CERTIFICATE, True)}),
    EntityType(
        name=HISTORY, entity_set="HistoryKeystoreEntries", keys=("Hexalias",),
        properties={**ENTRY_PROPERTIES, **_FORMER}, listable=True),
    EntityType(
        name=STORE, entity_set="Keystores", keys=("Name",),
        properties={"Name": STRING, "LastModifiedBy": STRING, "LastModifiedTime": DATETIMEOFFSET,
                    "Size": INT32},
        navigations={"Entries": Navigation(ENTRY, True)}),
    EntityType(
        name=CHAIN_CERTIFICATE, entity_set="ChainCertificates", keys=("Hexalias", "Index"),
        properties={**_FACTS, "Index": INT32}, addressable=False),
    EntityType(
        name=RESOURCE, entity_set="KeystoreResources", keys=("Name",),
        properties={"Name": STRING, "Resource": BINARY, "Password": STRING, "Aliases": STRING},
        role="SecurityMaterialDownload"),
    _hidden(CERTIFICATE, _ALIAS, True),
    _hidden(CHAIN, _ALIAS, True),
    _hidden(REQUEST, _ALIAS, True),
    _hidden(SSH_KEY, _ALIAS, True),
    _hidden("KeyPairResource", {**_ALIAS, "Password": STRING, "Resource": BINARY}),
    _hidden("KeyPairGenerationRequest",
            {**_ALIAS, **_KEY, **_SUBJECT, "KeyAlgorithmParameter": STRING}),
    _hidden("RSAKeyGenerationRequest",
            {**_ALIAS, "RSAFile": BINARY, "SignatureAlgorithm": STRING, "SerialNumber": STRING,
             "ValidNotBefore": DATETIMEOFFSET, "ValidNotAfter": DATETIMEOFFSET, **_SUBJECT}),
    _hidden("SSHKeyGenerationRequest",
            {**_ALIAS, **_KEY, **_SUBJECT, "KeyAlgorithmParameter": STRING, "SSHFile": STRING,
             "Password": STRING}),
)
