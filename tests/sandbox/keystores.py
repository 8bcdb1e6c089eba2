"""The keystores of the tenant: its own, the backup, SAP's new and former keys (contract §7.3)."""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime, timedelta
from typing import Any, Callable, Optional, Sequence

import keystore_x509 as x509
from keystore_types import CERTIFICATE, CHAIN, ENTRY_PROPERTIES, REQUEST, SSH_KEY
from refusal import Refused

Entity = dict[str, Any]
Stores = dict[str, dict[str, Entity]]

SYSTEM, BACKUP, RENEWAL, HISTORY = "system", "backup_admin_system", "KeyRenewal", "KeyHistory"
NAMES = (SYSTEM, BACKUP, RENEWAL, HISTORY)
SAP, ADMINISTRATOR = "SAP", "Tenant Administrator"
PAIR, ALONE = "Key Pair", "Certificate"
RESERVED = ("hcicertificate", "hcicertificate1", "hcimsgcertificate")
SAP_KEY = "sap_cloudintegrationcertificate"
_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"


def is_reserved(alias: str) -> bool:
    """Whether an alias is one of SAP's."""
    return alias in RESERVED or alias.startswith("sap_")


def hex_of(text: str) -> str:
    """A hex key (contract §4.2)."""
    return text.encode().hex().upper()


def pack(entries: dict[str, str], password: str = "") -> bytes:
    """A file that stands for a JKS, or without password a JCEKS: certificates by their aliases."""
    content = {"password": password, "entries": entries}
    return (_JKS if password else _JCEKS) + json.dumps(content).encode()


def unpack(data: bytes) -> Optional[tuple[dict[str, str], str]]:
    """What pack() packed, with the password; None: it is no such file."""
    if data[:4] not in (_JKS, _JCEKS):
        return None
    try:
        content = json.loads(data[4:])
        return content["entries"], content["password"]
    except (ValueError, KeyError):
        return None


def entry_of(alias: str, chain: Sequence[str], user: str, now: datetime,
             key: Optional[str] = None) -> Entity:
    """An entry for a chain, leaf first, perhaps with its private key."""
    return {**dict.fromkeys(ENTRY_PROPERTIES), **x509.facts(chain[0]), "Hexalias": hex_of(alias),
            "Alias": alias, "Validity": "Valid", "Type": PAIR if key else ALONE,
            "Owner": SAP if is_reserved(alias) else ADMINISTRATOR, "Status": "unchanged",
            "LastModifiedBy": user, "LastModifiedTime": now, "CreatedBy": user, "CreatedTime": now,
            "_chain": tuple(chain), "_key": key}


class Keystores:
    """Entries by keystore and alias, made when they are first wanted. A row is replaced, never
    changed."""

    def __init__(self, now: datetime, clock: Callable[[], datetime]) -> None:
        self._start, self._clock = now, clock
        self._lock = threading.Lock()
        self._made: Optional[Stores] = None

    def now(self) -> datetime:
        """The tenant's clock."""
        return self._clock()

    @property
    def _stores(self) -> Stores:
        with self._lock:
            if self._made is None:
                self._made = _seed(self._start)
            return self._made

    def entries(self, store: str = SYSTEM) -> list[Entity]:
        """All entries of a keystore."""
        return list(self._stores[store].values())

    def find(self, alias_hex: str, store: str = SYSTEM) -> Optional[Entity]:
        """The entry with this Hexalias, or None."""
        return next((entry for entry in self.entries(store) if entry["Hexalias"] == alias_hex),
                    None)

    def put(self, entry: Entity, store: str = SYSTEM) -> None:
        """Adds an entry, or replaces the one of its alias."""
        entry.pop("_json", None)  # what render.py keeps of an older one
        self._stores[store][entry["Alias"]] = entry

    def remove(self, alias: str, store: str = SYSTEM) -> Entity:
        """Takes an entry out."""
        return self._stores[store].pop(alias)

    def replace(self, store: str, entries: Sequence[Entity]) -> None:
        """Makes these the entries of a keystore."""
        self._stores[store] = {entry["Alias"]: entry for entry in entries}

    def description(self, name: str) -> Optional[Entity]:
        """The entity of Keystores with this name."""
        if name not in (SYSTEM, BACKUP, RENEWAL):
            return None
        return {"Name": name, "LastModifiedBy": "seed", "LastModifiedTime": self._start,
                "Size": len(self.entries(name))}

    def trusts(self, certificate: str) -> bool:
        """Whether a certificate of the keystore is this one's issuer, or itself a root there."""
        known = [entry["_chain"][0] for entry in self.entries() if entry["Type"] == ALONE]
        if certificate in known:
            return True
        return any(x509.is_issued(certificate, issuer) for issuer in known)

    def snapshot(self) -> Optional[Stores]:
        """What restore() takes."""
        with self._lock:
            made = self._made
            return None if made is None else {name: dict(rows) for name, rows in made.items()}

    def restore(self, state: Optional[Stores]) -> None:
        """Everything as it was."""
        with self._lock:
            self._made = state


def related(entry: Entity, navigation: str) -> list[Entity]:
    """What is below an entry."""
    alias = {"Hexalias": entry["Hexalias"], "Alias": entry["Alias"]}
    if navigation == "ChainCertificates":
        if entry["Type"] != PAIR:
            return []
        return [{**x509.facts(one), **alias, "Validity": "Valid", "Index": index}
                for index, one in enumerate(entry["_chain"])]
    if navigation in ("ChainResource", "SigningRequest") and entry["Type"] != PAIR:
        return []
    return [{**alias, "_entry": entry}]


def content(type_name: str, resource: Entity) -> tuple[str, bytes]:
    """Type and bytes of what is below an entry."""
    entry = resource["_entry"]
    if type_name == CERTIFICATE:
        return "application/pkix-cert", entry["_chain"][0].encode()
    if type_name == CHAIN:
        return "application/pkcs7-mime", x509.chain_file(entry["_chain"])
    if type_name == REQUEST:
        return "application/pkcs10", x509.signing_request(entry["_key"], entry["_chain"][0])
    assert type_name == SSH_KEY
    line = x509.ssh_line(entry["_chain"][0])
    if line is None:
        raise Refused(400, "SSH key export is only available for RSA and DSA encrypted entries.")
    return "text/plain", line


def export(keystores: Keystores, name: str) -> Entity:
    """The public content of a keystore."""
    if name not in (SYSTEM, BACKUP):
        raise Refused(400, "Invalid keystore name.")
    public = {entry["Alias"]: entry["_chain"][0] for entry in keystores.entries(name)}
    return {"Name": name, "Resource": base64.b64encode(pack(public)).decode(), "Password": None,
            "Aliases": None}


def store_named(options: dict[str, str]) -> str:
    """The keystore that a GET asks for."""
    name = options.get("keystoreName", SYSTEM)
    if name not in NAMES:
        raise Refused(400, "There is no keystore of this name.")
    return name


def _seed(now: datetime) -> Stores:
    """What is there at the start: little, since each key takes its time."""
    key = x509.new_key("EC", None, "P-256")
    rsa = x509.new_key("RSA", 2048, None)
    assert key and rsa

    def made(alias: str, secret: str, is_pair: bool) -> Entity:
        certificate = x509.self_signed(secret, {"CommonName": alias, "Organization": "Sandbox"},
                                       "sha256", 365)
        return entry_of(alias, [certificate], "seed", now, secret if is_pair else None)

    system = [made(SAP_KEY, key, True), made("partner/müller", key, False),
              made("id_rsa", rsa, True), made("O'Brien & Co", key, False)]
    former = {**made(f"[1]_{SAP_KEY}", key, True), "Owner": SAP, "OriginalAlias": SAP_KEY,
              "ActivatedBy": "SAP", "ActiveFrom": now - timedelta(days=400),
              "DeactivatedBy": "seed", "ActiveUntil": now - timedelta(days=35),
              "ActivationSequenceNumber": 1}
    stores = {SYSTEM: system, RENEWAL: [made(SAP_KEY, rsa, True)], BACKUP: [], HISTORY: [former]}
    return {name: {entry["Alias"]: entry for entry in rows} for name, rows in stores.items()}
