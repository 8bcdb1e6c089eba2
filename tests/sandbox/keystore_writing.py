"""Changes of the keystore (contract §7.3)."""

from __future__ import annotations

import base64
from typing import Any, Callable, Optional

import keystore_x509 as x509
from edm import EntityType
from keystore_types import ENTITY_TYPES, ENTRY
from keystores import HISTORY as FORMER
from keystores import (BACKUP, PAIR, RENEWAL, SAP, SYSTEM, Keystores, entry_of, hex_of,
                       is_reserved, unpack)
from model import ENTITY_TYPES as TYPES
from odata_query import split_query
from paths import SERVICE_ROOT, Request, Segment, parse_key
from refusal import NOT_FOUND, Refused
from render import Response, View, json_entity, json_response
from store import Store
from writing import body_of

Entity = dict[str, Any]

SETS = frozenset(kind.entity_set for kind in ENTITY_TYPES)
MAX_CERTIFICATE, MAX_BODY, MAX_IMPORT, MAX_KEY_FILE = 10 * 1024, 30072, 2 * 1024 * 1024, 10000
_CHAIN_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-certificates",
                "application/pkix-pkipath")
_DIGESTS = {"512": "sha512", "384": "sha384", "256": "sha256", "224": "sha224", "1": "sha1"}


class Change:
    """One request that changes the keystore."""

    def __init__(self, store: Store, entity_type: EntityType, segments: list[Segment],
                 request: Request) -> None:
        self.keystores: Keystores = store.keystores
        self.entity_type, self.segments, self.request = entity_type, segments, request
        self.options = dict(split_query(request.query))

    # --- parts -------------------------------------------------------------------------------

    def demand(self, holds: Any, message: str, status: int = 400) -> None:
        """Refuses the change unless something holds."""
        if not holds:
            raise Refused(status, message)

    def is_on(self, option: str) -> bool:
        """Whether a custom option is true."""
        return self.options.get(option) == "true"

    def alias(self) -> str:
        """The alias that the key stands for."""
        key = parse_key(self.entity_type, self.segments[0].key or "")["Hexalias"]
        try:
            return bytes.fromhex(key).decode()
        except ValueError:
            raise Refused(400, "The key is no hexadecimal alias.") from None

    def writable(self, alias: Optional[str]) -> str:
        """An alias, unless it is empty or SAP's."""
        self.demand(alias, "The alias is empty or null.")
        assert alias is not None
        self.demand(not is_reserved(alias), f"The alias '{alias}' is reserved for SAP.", 403)
        return alias

    def entry(self, alias: str, store: str = SYSTEM) -> Entity:
        """The entry of an alias, or 404."""
        found = self.keystores.find(hex_of(alias), store)
        if found is None:
            raise Refused(404, NOT_FOUND)
        return found

    def check_presence(self, alias: str) -> None:
        """400 for what exists without update=true, or does not exist with it."""
        exists = self.keystores.find(hex_of(alias)) is not None
        self.demand(exists == self.is_on("update"),
                    "The entry exists already." if exists else "The entry does not exist.")

    def untrusted(self, alias: str, chain: list[str], is_chain: bool) -> Optional[Response]:
        """409 with the certificate, unless the caller has verified its fingerprint."""
        top = chain[-1]
        found = x509.facts(top)
        is_own = found["SubjectDN"] == found["IssuerDN"]
        trusted = self.keystores.trusts(top) and (is_chain or not is_own)
        if trusted or self.is_on("fingerprintVerified"):
            return None
        entry = {**entry_of(alias, [top], self.request.user, self.keystores.now()),
                 "Validity": "notTrusted"}
        return json_response({"d": self.shown(entry)}, 409)

    def shown(self, entry: Entity) -> Entity:
        """An entry in an answer."""
        view = View(self.request.origin + SERVICE_ROOT, lambda *_: [])
        return json_entity(TYPES[ENTRY], entry, view)

    def put(self, alias: str, chain: list[str], key: Optional[str] = None) -> Response:
        """The entry is written."""
        self.keystores.put(entry_of(alias, chain, self.request.user, self.keystores.now(), key))
        return self.answer()

    def answer(self, rows: Optional[list[Entity]] = None, otherwise: bool = False) -> Response:
        """All entries if they are wanted, else nothing."""
        wanted = self.options.get("returnKeystoreEntries", "true" if otherwise else "false")
        if wanted != "true":
            return Response(204)
        rows = self.keystores.entries() if rows is None else rows
        return json_response({"d": {"results": [self.shown(row) for row in rows]}})

    def sent(self) -> Entity:
        """The properties of the body."""
        return body_of(self.entity_type, self.request)[0]

    def content_type(self) -> str:
        """Without its parameters."""
        return self.request.content_type.partition(";")[0].strip().lower()

    # --- certificates ------------------------------------------------------------------------

    def put_certificate(self) -> Response:
        """A certificate that others signed."""
        alias = self.writable(self.alias())
        self.demand(self.content_type() == "application/pkix-cert", "Wrong content type.", 415)
        self.demand(len(self.request.body) <= MAX_CERTIFICATE, "The body is too large.", 413)
        certificate = x509.certificate_from(self.request.body)
        if certificate is None:
            raise Refused(415, "The body is no X.509 certificate.")
        self.check_presence(alias)
        return self.untrusted(alias, [certificate], False) or self.put(alias, [certificate])

    def put_chain(self) -> Response:
        """The chain of a key pair that is there."""
        alias = self.writable(self.alias())
        self.demand(self.content_type() in _CHAIN_TYPES, "Wrong content type.", 415)
        self.demand(len(self.request.body) <= MAX_BODY, "The body is too large.", 413)
        chain = x509.chain_from(self.request.body)
        self.demand(chain, "The body is no chain of certificates.", 415)
        before = self.entry(alias)
        self.demand(before["Type"] == PAIR, "The entry is no key pair.")
        self.check_chain(chain, before["_key"])
        return self.untrusted(alias, chain, True) or self.put(alias, chain, before["_key"])

    def check_chain(self, chain: list[str], key: str) -> None:
        """400 unless it begins with the key's certificate, and each is issued by the next."""
        self.demand(x509.public_key(chain[0]) == x509.public_of(key),
                    "The certificate chain does not fit to the public key.")
        self.demand(all(x509.is_issued(one, issuer) for one, issuer in zip(chain, chain[1:])),
                    "The certificate chain validation failed.")

    # --- keys --------------------------------------------------------------------------------

    def post_key_pair(self) -> Response:
        """PKCS#12"""
        self.demand(len(self.request.body) <= MAX_BODY, "The body is too large.", 413)
        sent = self.sent()
        alias = self.writable(sent.get("Alias"))
        data = base64.b64decode(sent.get("Resource") or "")
        self.demand(x509.is_pkcs12(data), "The resource is no PKCS#12 file.", 415)
        self.check_presence(alias)
        try:
            found = x509.open_pkcs12(data, sent.get("Password") or "")
        except x509.CommandError:
            found = None
        if found is None:
            raise Refused(400, "The password is not correct.")
        key, chain = found
        self.check_chain(chain, key)
        return self.untrusted(alias, chain, True) or self.put(alias, chain, key)

    def post_generation(self) -> Response:
        """A key pair that the tenant makes."""
        sent = self.sent()
        alias = self.new_alias(sent)
        kind, size, curve = (sent.get("KeyType") or "RSA", sent.get("KeySize"),
                             sent.get("KeyAlgorithmParameter"))
        if kind == "EC":
            self.demand((size is None) != (curve is None), "Either KeySize or a curve.")
            curve = curve or ("P-256" if size <= 256 else "P-384" if size <= 384 else "P-521")
        else:
            self.demand(kind == "RSA" and size, f"No key of type {kind} and size {size}.")
        key = x509.new_key(kind, size, curve)
        if key is None:
            raise Refused(400, "The key cannot be made.")
        return self.put(alias, [self.signed(key, sent)], key)

    def post_rsa_key(self) -> Response:
        """An RSA private key in PKCS#1."""
        sent = self.sent()
        alias = self.new_alias(sent)
        data = base64.b64decode(sent.get("RSAFile") or "")
        self.demand(b"-----BEGIN RSA PRIVATE KEY-----" in data and len(data) <= MAX_KEY_FILE,
                    "Invalid RSA file.")
        key = x509.private_key(data)
        if key is None:
            raise Refused(400, "Invalid RSA file.")
        return self.put(alias, [self.signed(key, sent)], key)

    def post_ssh_key(self) -> Response:
        """An SSH private key; the answer names the alias."""
        sent = self.sent()
        self.writable(sent.get("Alias"))
        self.demand(sent.get("CommonName"), "The common name is empty or null.")
        key = x509.private_key((sent.get("SSHFile") or "").encode(), sent.get("Password") or "")
        if key is None:
            raise Refused(400, "The SSH key cannot be read.")
        certificate = self.signed(key, sent)
        alias = "id_rsa" if x509.facts(certificate)["KeyType"] == "RSA" else "id_ec"
        exists = self.keystores.find(hex_of(alias)) is not None
        self.demand(not exists or self.is_on("update"), "The entry exists already.")
        answer = self.put(alias, [certificate], key)
        return json_response({"d": {"Alias": alias}}) if answer.status == 204 else answer

    def new_alias(self, sent: Entity) -> str:
        """The alias of a new entry; 400 unless what its certificate needs is there."""
        alias = self.writable(sent.get("Alias"))
        self.demand(self.keystores.find(hex_of(alias)) is None, "The entry exists already.")
        self.demand(sent.get("CommonName"), "The common name is empty or null.")
        self.demand(len(sent.get("Country") or "") == 2, "The country has two letters.")
        return alias

    def signed(self, key: str, sent: Entity) -> str:
        """A certificate of a key. Of its dates only the end can be chosen here."""
        name = (sent.get("SignatureAlgorithm") or "SHA-512/RSA").partition("/")[0]
        digest = _DIGESTS.get(name.removeprefix("SHA").removeprefix("-"))
        if digest is None:
            raise Refused(400, "Unknown signature algorithm.")
        until = sent.get("ValidNotAfter")
        days = (until - self.keystores.now()).days if until else x509.DAYS
        return x509.self_signed(key, sent, digest, max(days, 1))

    # --- entries -----------------------------------------------------------------------------

    def rename(self) -> Response:
        """Another alias; the body has one property, and nothing in it."""
        alias = self.alias()
        sent = self.sent()
        self.demand(len(sent) == 1 and set(sent.values()) == {None},
                    "The body must contain one property that is null.")
        to = self.writable(self.options.get("renameAlias"))
        before = self.entry(self.writable(alias))
        self.demand(self.keystores.find(hex_of(to)) is None, "The new alias exists already.")
        self.keystores.remove(alias)
        self.keystores.put({**before, "Alias": to, "Hexalias": hex_of(to),
                            "LastModifiedBy": self.request.user,
                            "LastModifiedTime": self.keystores.now()})
        return self.answer()

    def delete(self) -> Response:
        """An entry goes, or a new key of SAP takes the place of the present one."""
        alias = self.alias()
        if self.options.get("keystoreName") == RENEWAL and self.is_on("activate"):
            return self.activate(alias)
        entry = self.entry(self.writable(alias))
        self.keystores.remove(alias)
        return self.answer([entry])

    def activate(self, alias: str) -> Response:
        """The present key goes into the history."""
        new = self.entry(alias, RENEWAL)
        before = self.keystores.find(hex_of(alias))
        if before is not None:
            number = len(self.keystores.entries(FORMER)) + 1
            name = f"[{number}]_{alias}"
            self.keystores.put({**before, "Alias": name, "Hexalias": hex_of(name),
                                "OriginalAlias": alias, "ActivatedBy": SAP,
                                "ActiveFrom": before["CreatedTime"],
                                "DeactivatedBy": self.request.user,
                                "ActiveUntil": self.keystores.now(),
                                "ActivationSequenceNumber": number}, FORMER)
        self.keystores.remove(alias, RENEWAL)
        self.keystores.put(new)
        return self.answer()

    def restore_history(self) -> Response:
        """A former key of SAP becomes a new one."""
        alias = self.alias()
        sent = body_of(TYPES[ENTRY], self.request)[0]
        self.demand(len(sent) == 1 and set(sent.values()) == {None} and self.is_on("copy"),
                    "The request body or an option is invalid.")
        former = self.entry(alias, FORMER)
        to = self.options.get("destinationAlias") or former["OriginalAlias"]
        self.demand(is_reserved(to), "The alias is not in the SAP namespace.")
        self.demand(self.keystores.find(hex_of(to), RENEWAL) is None, "The alias exists already.")
        self.keystores.put({**former, "Alias": to, "Hexalias": hex_of(to)}, RENEWAL)
        return Response(204)

    # --- all of it ---------------------------------------------------------------------------

    def post_resource(self) -> Response:
        """An import, or a backup."""
        sent = self.sent()
        if sent.get("Name") == BACKUP and "importOption" not in self.options:
            self.keystores.replace(BACKUP, self.own())
            return self.answer(self.keystores.entries(BACKUP), True)
        self.demand(sent.get("Name") == SYSTEM, "The name is not system.")
        data = base64.b64decode(sent.get("Resource") or "")
        self.demand(len(data) <= MAX_IMPORT, "The resource is too large.", 413)
        found = unpack(data)
        if found is None:
            raise Refused(415, "The resource is no JKS or JCEKS keystore.")
        certificates, password = found
        self.demand(password == sent.get("Password"), "Wrong import password.")
        rows = [entry_of(alias, [pem], self.request.user, self.keystores.now())
                for alias, pem in certificates.items()]
        return self.take_in(rows, self.options.get("importOption", "overwrite"))

    def own(self) -> list[Entity]:
        """The entries that are not SAP's."""
        return [entry for entry in self.keystores.entries() if entry["Owner"] != SAP]

    def take_in(self, rows: list[Entity], option: str) -> Response:
        """The entries are imported; the answer says of each what became of it."""
        self.demand(option in ("merge", "overwrite", "replace"), "Unknown importOption.")
        before = {entry["Alias"]: entry for entry in self.own()}
        imported = {}
        status = {alias: "removed" if option == "replace" else "unchanged" for alias in before}
        for row in rows:
            alias = row["Alias"]
            if is_reserved(alias):
                status[alias] = ("notImported: The alias is not allowed. Aliases starting with "
                                 "'sap_' are reserved for SAP.")
            elif option == "merge" and alias in before:
                status[alias] = "notImported: An entry with the same alias already exists"
            else:
                imported[alias] = row
                same = alias in before and before[alias]["_chain"] == row["_chain"]
                status[alias] = ("unchanged" if same else "changed" if alias in before
                                 else "new")
        refused = any(text.startswith("notImported") for text in status.values())
        self.demand(not refused or self.options.get("returnKeystoreEntries", "true") == "true",
                    "At least one entry could not be imported.")
        for alias in before if option == "replace" else ():
            self.keystores.remove(alias)
        for row in imported.values():
            self.keystores.put(row)
        told = {**before, **{row["Alias"]: row for row in rows}}
        return self.answer([{**told[alias], "Status": text} for alias, text in status.items()],
                           True)

    def put_resource(self) -> Response:
        """Several entries go, or the backup comes back."""
        sent = self.sent()
        self.demand(parse_key(self.entity_type, self.segments[0].key or "")["Name"] == SYSTEM,
                    "The name is not system.")
        if self.is_on("deleteEntries"):
            aliases = _split(sent.get("Aliases") or "")
            self.demand(aliases, "No aliases.")
            for alias in aliases:
                self.writable(alias)
            for alias in aliases:
                if self.keystores.find(hex_of(alias)) is not None:
                    self.keystores.remove(alias)
            return self.answer(None, True)
        self.demand(self.options.get("retrieveBackup") == BACKUP, "Nothing to do is named.")
        self.demand(self.keystores.entries(BACKUP), NOT_FOUND, 404)
        option = self.options.get("importOption", "overwrite")
        self.demand(option != "merge", "Unknown importOption.")
        return self.take_in(self.keystores.entries(BACKUP), option)


def _split(text: str) -> list[str]:
    """Aliases with a semicolon between them; a backslash takes its meaning from what follows."""
    parts, escaped = [""], False
    for character in text:
        if not escaped and character == "\\":
            escaped = True
            continue
        if character == ";" and not escaped:
            parts.append("")
        else:
            parts[-1] += character
        escaped = False
    return [part for part in parts if part]


_CHANGES: dict[tuple[str, str, bool, bool], Callable[[Change], Response]] = {
    # set, method, with key, with $value
    ("CertificateResources", "PUT", True, True): Change.put_certificate,
    ("CertificateChainResources", "PUT", True, True): Change.put_chain,
    ("KeyPairResources", "POST", False, False): Change.post_key_pair,
    ("KeyPairGenerationRequests", "POST", False, False): Change.post_generation,
    ("RSAKeyGenerationRequests", "POST", False, False): Change.post_rsa_key,
    ("SSHKeyGenerationRequests", "POST", False, False): Change.post_ssh_key,
    ("KeystoreEntries", "PUT", True, False): Change.rename,
    ("KeystoreEntries", "DELETE", True, False): Change.delete,
    ("HistoryKeystoreEntries", "PUT", True, False): Change.restore_history,
    ("KeystoreResources", "POST", False, False): Change.post_resource,
    ("KeystoreResources", "PUT", True, False): Change.put_resource,
}


def write(store: Store, entity_type: EntityType, segments: list[Segment],
          request: Request) -> Response:
    """The answer to anything but a GET of the keystore's sets."""
    request.needs("SecurityMaterialEdit")
    rest = [segment.name for segment in segments[1:]]
    change = _CHANGES.get((segments[0].name, request.method, segments[0].key is not None,
                           rest == ["$value"]))
    if change is None or rest not in ([], ["$value"]):
        raise Refused(501 if request.method == "PATCH" else 405, "Method not allowed.")
    if request.scene.take("keystore_locked"):
        is_rsa = segments[0].name == "RSAKeyGenerationRequests"
        raise Refused(423 if is_rsa else 503, "The keystore is locked by another user.")
    with store.lock:
        answer = change(Change(store, entity_type, segments, request))
        if answer.status < 300:
            store.changed()
    return answer
