/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keystore: what is read of it. The changes are in cmd_keystore*.c. Source: docs/sap-contract.md
 * section 7.3.
 */
#include "cli/resources.h"

#define ALIAS_FIELD                                                                              \
    {                                                                                            \
        "alias", "ALIAS", "its alias", "Alias", CLI_ENTITY, CLI_KEY | CLI_HEX | CLI_PLACE, NULL, \
            NULL                                                                                 \
    }

/* --- entries ---------------------------------------------------------------------------------- */

static const cli_field ENTRY_FIELDS[] = {
    ALIAS_FIELD,
    {"store", "system|backup_admin_system|KeyRenewal",
     "of the backup, or new keys of SAP, instead of the keystore (system)", "keystoreName",
     CLI_LIST, CLI_PARAMETER, NULL, NULL},
    {0},
};

static const cli_kind ENTRIES[] = {
    {.set = "KeystoreEntries",
     .columns = "Alias,Type,ValidNotAfter,Owner,KeyType,KeySize,Status",
     .fields = ENTRY_FIELDS},
    {0},
};

const cli_resource CLI_KEYSTORE = {
    .noun = "keystore",
    .one = "an entry of the keystore",
    .many = "the entries of the keystore",
    .verbs = CLI_LIST | CLI_SHOW,
    .kinds = ENTRIES,
    .examples = {[CLI_VERB_LIST] = "", [CLI_VERB_SHOW] = "id_rsa"},
};

/* --- what an entry has ------------------------------------------------------------------------ */

static const cli_field ALIAS_FIELDS[] = {
    ALIAS_FIELD,
    {0},
};

static const cli_kind CERTIFICATES[] = {
    {.set = "KeystoreEntries", .fields = ALIAS_FIELDS, .value = "Certificate/$value"},
    {0},
};

const cli_resource CLI_KEYSTORE_CERTIFICATE = {
    .noun = "keystore certificate",
    .one = "a certificate of the keystore",
    .many = "certificates of the keystore",
    .lister = "keystore",
    .verbs = CLI_GET,
    .kinds = CERTIFICATES,
    .examples = {[CLI_VERB_GET] = "id_rsa --out id_rsa.cer"},
};

static const cli_field CHAIN_FIELDS[] = {
    {"alias", "ALIAS", "alias of the key pair", "Alias", CLI_LIST,
     CLI_KEY | CLI_HEX | CLI_PLACE_IN_LIST, NULL, NULL},
    {0},
};

static const cli_parent ENTRY_PARENT = {.set = "KeystoreEntries",
                                        .navigation = "ChainCertificates"};

static const cli_kind CHAINS[] = {
    {.set = "ChainCertificates",
     .columns = "Index,SubjectDN,ValidNotAfter,KeyType,KeySize,IssuerDN,Validity",
     .fields = CHAIN_FIELDS,
     .parent = &ENTRY_PARENT},
    {0},
};

const cli_resource CLI_KEYSTORE_CHAIN = {
    .noun = "keystore chain",
    .one = "a chain of the key pair",
    .many = "the certificates in the chain of a key pair",
    .lister = "keystore",
    .verbs = CLI_LIST,
    .kinds = CHAINS,
    .examples = {[CLI_VERB_LIST] = "id_rsa"},
};

static const cli_kind CHAIN_FILES[] = {
    {.set = "KeystoreEntries", .fields = ALIAS_FIELDS, .value = "ChainResource/$value"},
    {0},
};

const cli_resource CLI_KEYSTORE_CHAIN_FILE = {
    .noun = "keystore chain",
    .one = "a chain of the key pair",
    .many = "chains of key pairs",
    .lister = "keystore",
    .verbs = CLI_GET,
    .kinds = CHAIN_FILES,
    .examples = {[CLI_VERB_GET] = "id_rsa --out id_rsa.p7b"},
};

static const cli_kind REQUESTS[] = {
    {.set = "KeystoreEntries", .fields = ALIAS_FIELDS, .value = "SigningRequest/$value"},
    {0},
};

const cli_resource CLI_KEYSTORE_CSR = {
    .noun = "keystore csr",
    .one = "a certificate request for the key pair",
    .many = "certificate requests",
    .lister = "keystore",
    .verbs = CLI_GET,
    .kinds = REQUESTS,
    .examples = {[CLI_VERB_GET] = "id_rsa --out id_rsa.csr"},
};

static const cli_kind SSH_KEYS[] = {
    {.set = "KeystoreEntries", .fields = ALIAS_FIELDS, .value = "Sshkey/$value"},
    {0},
};

const cli_resource CLI_KEYSTORE_SSH_KEY = {
    .noun = "keystore ssh-key",
    .one = "a public key in the form of OpenSSH (RSA, DSA)",
    .many = "public keys",
    .lister = "keystore",
    .verbs = CLI_GET,
    .kinds = SSH_KEYS,
    .examples = {[CLI_VERB_GET] = "id_rsa"},
};

/* --- former keys of SAP ----------------------------------------------------------------------- */

static const cli_kind HISTORY[] = {
    {.set = "HistoryKeystoreEntries",
     .columns = "Alias,ActiveUntil,KeyType,KeySize,ActiveFrom,ValidNotAfter",
     .fields = ALIAS_FIELDS},
    {0},
};

const cli_resource CLI_KEYSTORE_HISTORY = {
    .noun = "keystore history",
    .one = "a former key of SAP",
    .many = "the former keys of SAP",
    .verbs = CLI_LIST | CLI_SHOW,
    .kinds = HISTORY,
    .examples = {[CLI_VERB_LIST] = "", [CLI_VERB_SHOW] = "\"[1]_sap_cloudintegrationcertificate\""},
};
