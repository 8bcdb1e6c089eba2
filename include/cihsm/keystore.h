/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/keystore.h - changes of the tenant's keystore. Its keys are made and kept by SAP in
 * software, for calls that the tenant makes; they have nothing to do with the key on the token.
 *
 * A write is made as an object that holds its request, so that it can be shown before it is sent:
 *
 *     cihsm_keystore_write *write = NULL;
 *     cihsm_keystore_import_certificate(&what, &write, &err);
 *     if (cihsm_client_send(client, cihsm_keystore_request(write), &answer, &err) != CIHSM_OK) {
 *         cihsm_keystore_explain(client, write, &err);
 *     }
 *
 * What can be told to fail is refused before: aliases that are SAP's, files that are too large or
 * of another kind. Nothing here reads a token; what takes a client is called by its thread, all
 * else by any.
 *
 * Source: docs/sap-contract.md sections 7.3 and 9.
 */
#ifndef CIHSM_KEYSTORE_H
#define CIHSM_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"
#include "cihsm/value.h"
#include "cihsm/write.h"

CIHSM_BEGIN_DECLS

#define CIHSM_KEYSTORE_ALIAS_MAX 250 /**< characters */

/**
 * Looks whether an entry of this alias can be written.
 *
 * @param alias  of the entry
 * @retval CIHSM_E_USAGE  empty, too long, or reserved for SAP: hcicertificate, hcicertificate1,
 *                        hcimsgcertificate, and all that begin with sap_
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_check_alias(const char *alias,
                                                                  cihsm_error *err);

/** A request with all that it needs. */
typedef struct cihsm_keystore_write cihsm_keystore_write;

/** @return the request, borrowed as long as the write lives. */
CIHSM_API const cihsm_request *cihsm_keystore_request(const cihsm_keystore_write *write);

/** @return the same for eyes: secrets and bytes of files are described only. */
CIHSM_API const cihsm_request *cihsm_keystore_shown(const cihsm_keystore_write *write);

/**
 * @return the certificates that are sent, the entry's own first, the one that the tenant must trust
 *         last: rows of cihsm_certificate_list_file. NULL if it sends none, or none that can be
 *         read. Borrowed.
 */
CIHSM_API const cihsm_value *cihsm_keystore_certificates(const cihsm_keystore_write *write);

/** Sets *write to NULL. NULL is fine. */
CIHSM_API void cihsm_keystore_write_free(cihsm_keystore_write **write);

/**
 * Says in an error what the tenant's answer to a write means and what to do next. Where an answer
 * has several meanings, the keystore is read to find the one.
 *
 * @param client  what @p write was sent with
 * @param write   what was sent
 * @param err     of cihsm_client_send; its status may change, to CIHSM_E_CONFLICT for example
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_keystore_explain(cihsm_client *client,
                                              const cihsm_keystore_write *write, cihsm_error *err);

/* --- from files ------------------------------------------------------------------------------ */

/** A file that becomes an entry. Start with {0}. Borrowed for the call. */
typedef struct cihsm_keystore_import {
    const char *alias;       /**< of the entry; required */
    const char *path;        /**< of the file; required */
    const char *fingerprint; /**< SHA-256 of the certificate that the tenant must trust (the only
                                  one, or the end of the chain) as its owner told it: hex, with or
                                  without colons. It is compared with the file, and only then the
                                  tenant is told that it was verified. NULL: not known */
    const cihsm_secret *password; /**< of a key in the file. NULL: none; of PKCS#12: only the
                                       request is wanted, to show it, and the file stays closed */
    bool is_update;               /**< the entry is there and is replaced */
} cihsm_keystore_import;

/**
 * Each makes a write; @p out is yours.
 *
 * The file holds one certificate, PEM or DER.
 *
 * @param from  the alias, the file, and what is known of it
 * @retval CIHSM_E_USAGE   the alias cannot be written; the fingerprint is none
 * @retval CIHSM_E_CONFIG  the file cannot be read, is of another kind, or larger than 10 kB
 * @retval CIHSM_E_CHECK   the fingerprint is that of another certificate
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_certificate(
    const cihsm_keystore_import *from, cihsm_keystore_write **out, cihsm_error *err);

/**
 * The certificates of a key pair of the keystore, in any order, PEM, DER or PKCS#7; they are
 * sent in their order as PKCS#7, 30072 bytes at most. is_update and password mean nothing.
 *
 * @param from  as for cihsm_keystore_import_certificate
 * @param out   yours
 * @retval else  as for cihsm_keystore_import_certificate
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_chain(
    const cihsm_keystore_import *from, cihsm_keystore_write **out, cihsm_error *err);

/**
 * PKCS#12 with a private key and its chain; the request takes 30072 bytes.
 *
 * @param from  with the password of the file
 * @param out   yours
 * @retval CIHSM_E_CONFIG  also: the password does not open it
 * @retval else            as for cihsm_keystore_import_certificate
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_key_pair(
    const cihsm_keystore_import *from, cihsm_keystore_write **out, cihsm_error *err);

/* --- keys that the tenant makes certificates for --------------------------------------------- */

/** The certificate that the tenant makes, signed by its own key. Start with {0}. */
typedef struct cihsm_keystore_subject {
    const char *common_name;         /**< CN, required */
    const char *country;             /**< C, two letters, required */
    const char *organization;        /**< O; NULL here and below: none */
    const char *organization_unit;   /**< OU */
    const char *locality;            /**< L */
    const char *state;               /**< ST */
    const char *email;               /**< address of the owner */
    const char *signature_algorithm; /**< "SHA-256/RSA"; NULL: the strongest documented one */
    int64_t not_before_ms;           /**< Unix milliseconds, UTC; 0: now */
    int64_t not_after_ms;            /**< 0: in three years */
} cihsm_keystore_subject;

/** A key pair that the tenant makes. Start with {0}. Borrowed for the call. */
typedef struct cihsm_keystore_key {
    const char *alias;              /**< of the new entry; required */
    const char *type;               /**< "RSA", "DSA" or "EC"; NULL: RSA */
    long size;                      /**< bits; 0: 4096 for RSA */
    const char *curve;              /**< of EC, "secp256r1"; else NULL */
    cihsm_keystore_subject subject; /**< of its first certificate */
} cihsm_keystore_key;

/**
 * @param key  what the tenant is to make
 * @param out  yours
 * @retval CIHSM_E_USAGE  what is wanted is not documented to work; the message says what is
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_create_key_pair(const cihsm_keystore_key *key,
                                                                      cihsm_keystore_write **out,
                                                                      cihsm_error *err);

/**
 * An SSH private key, OpenSSH or PuTTY, of at most 10000 bytes. The tenant chooses the alias by
 * the algorithm: id_rsa, id_dsa or id_ec.
 *
 * @param from     the file, and its password
 * @param subject  without signature_algorithm
 * @param out      yours
 * @retval CIHSM_E_USAGE   the subject cannot be had; the message says what is wrong with it
 * @retval CIHSM_E_CONFIG  the file cannot be read, is no such key, or too large
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_ssh_key(
    const cihsm_keystore_import *from, const cihsm_keystore_subject *subject,
    cihsm_keystore_write **out, cihsm_error *err);

/**
 * An RSA private key in PKCS#1 PEM, "BEGIN RSA PRIVATE KEY", of at most 10000 bytes.
 *
 * @param from     the alias, the file, and its password
 * @param subject  of the certificate that the tenant makes
 * @param out      yours
 * @retval else  as for cihsm_keystore_import_ssh_key, and for cihsm_keystore_check_alias
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_rsa_key(
    const cihsm_keystore_import *from, const cihsm_keystore_subject *subject,
    cihsm_keystore_write **out, cihsm_error *err);

/* --- entries --------------------------------------------------------------------------------- */

/**
 * Renames an entry.
 *
 * @param alias  of the entry now
 * @param to     its alias from then on
 * @param out    yours
 * @retval CIHSM_E_USAGE  as for cihsm_keystore_check_alias, of either
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_rename(const char *alias, const char *to,
                                                             cihsm_keystore_write **out,
                                                             cihsm_error *err);

/**
 * One request for all; several are deleted as one, and unknown ones among them are passed over.
 *
 * @param aliases  of the entries
 * @param count    at least 1
 * @param out      yours
 * @retval CIHSM_E_USAGE  as for cihsm_keystore_check_alias, of any
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_delete(const char *const *aliases,
                                                             size_t count,
                                                             cihsm_keystore_write **out,
                                                             cihsm_error *err);

/**
 * Looks whether the keystore has all of these entries.
 *
 * @param client   used by no other thread meanwhile
 * @param aliases  of the entries
 * @param count    number of them
 * @retval CIHSM_E_NOT_FOUND  the message names one that it has not
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_check_entries(cihsm_client *client,
                                                                    const char *const *aliases,
                                                                    size_t count, cihsm_error *err);

/**
 * Puts a new key of SAP, of the keystore KeyRenewal, in the place of the present one.
 *
 * @param alias  one of SAP's
 * @param out    yours
 * @retval CIHSM_E_USAGE  the alias is empty, too long or no UTF-8
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_activate(const char *alias,
                                                               cihsm_keystore_write **out,
                                                               cihsm_error *err);

/**
 * Copies an entry of the history of SAP's keys to the keystore KeyRenewal.
 *
 * @param alias  of the entry of the history
 * @param to     alias there, one of SAP's; NULL: the one that it had
 * @param out    yours
 * @retval CIHSM_E_USAGE  the alias is empty, too long or no UTF-8; @p to is none of SAP's
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_restore_history(const char *alias,
                                                                      const char *to,
                                                                      cihsm_keystore_write **out,
                                                                      cihsm_error *err);

/* --- the whole keystore ---------------------------------------------------------------------- */

/**
 * Imports the entries of a JKS or JCEKS file of at most 2 MB.
 *
 * @param path      of the file
 * @param option    "merge": only new aliases; "overwrite": entries of the same alias are replaced;
 *                  "replace": all present entries go
 * @param password  of the keystore and of all its keys; NULL: only the request is wanted
 * @param out       yours
 * @retval CIHSM_E_USAGE   no such option
 * @retval CIHSM_E_CONFIG  the file cannot be read, is none of these, or too large
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_import_all(const char *path,
                                                                 const char *option,
                                                                 const cihsm_secret *password,
                                                                 cihsm_keystore_write **out,
                                                                 cihsm_error *err);

/**
 * Copies what is not SAP's to the tenant's one backup, whose content is lost.
 *
 * @param out  yours
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_backup(cihsm_keystore_write **out,
                                                             cihsm_error *err);

/**
 * Brings the backup back.
 *
 * @param option  "overwrite" or "replace", as above
 * @param out     yours
 * @retval CIHSM_E_USAGE  no such option
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_keystore_restore(const char *option,
                                                              cihsm_keystore_write **out,
                                                              cihsm_error *err);

CIHSM_END_DECLS

#endif
