/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore/write - the request of a change, in parts. Owns all that it points to.
 */
#ifndef KEYSTORE_WRITE_H
#define KEYSTORE_WRITE_H

#include <openssl/x509.h>

#include "base/buffer.h"
#include "cihsm/keystore.h"
#include "cihsm/path.h"

#define KEYSTORE_PARAMETERS_MAX 4
#define KEYSTORE_BODY_MAX ((size_t)4 * 1024 * 1024) /* bytes */

typedef enum keystore_kind {
    KEYSTORE_CERTIFICATE = 0,
    KEYSTORE_CHAIN,
    KEYSTORE_KEY_PAIR, /* PKCS#12 */
    KEYSTORE_NEW_KEY,
    KEYSTORE_SSH_KEY,
    KEYSTORE_RSA_KEY,
    KEYSTORE_RENAMED,
    KEYSTORE_DELETED,
    KEYSTORE_ACTIVATED,
    KEYSTORE_HISTORY,
    KEYSTORE_IMPORT,
    KEYSTORE_BACKUP,
    KEYSTORE_RESTORE
} keystore_kind;

struct cihsm_keystore_write {
    cihsm_request request; /* points to what follows */
    cihsm_request shown;
    char path[CIHSM_PATH_SIZE];
    cihsm_value *value;
    cihsm_value *shown_value;
    buffer body;       /* where value is NULL */
    char *shown_bytes; /* NULL: the body itself */
    cihsm_parameter parameters[KEYSTORE_PARAMETERS_MAX];
    char *texts[KEYSTORE_PARAMETERS_MAX]; /* their values */
    keystore_kind kind;
    char *alias; /* of the entry; of several the first one; NULL: it is about all */
    char *to;    /* another alias; may be NULL */
    bool is_update;
    cihsm_value *certificates;
};

/** Begins a write about an alias (may be NULL). The path is the caller's to fill. */
CIHSM_NODISCARD cihsm_status keystore_begin(keystore_kind kind, const char *method,
                                            const char *alias, cihsm_keystore_write **out,
                                            cihsm_error *err);

/** Fills the path with a set. */
void keystore_set_set(cihsm_keystore_write *write, const char *set);

/** Fills the path with SET(Alias='alias'), and /rest behind it unless that is NULL. */
CIHSM_NODISCARD cihsm_status keystore_set_path(cihsm_keystore_write *write, const char *set,
                                               const char *rest, cihsm_error *err);

CIHSM_NODISCARD cihsm_status keystore_add_parameter(cihsm_keystore_write *write, const char *name,
                                                    const char *value, cihsm_error *err);
CIHSM_NODISCARD cihsm_status keystore_add_switch(cihsm_keystore_write *write, const char *name,
                                                 bool is_on, cihsm_error *err);

/** Begins a JSON body. */
CIHSM_NODISCARD cihsm_status keystore_begin_value(cihsm_keystore_write *write, cihsm_error *err);

/** Sets Hexalias and Alias of the body. */
CIHSM_NODISCARD cihsm_status keystore_set_alias(cihsm_keystore_write *write, cihsm_error *err);

/** Sets Password of the body; nothing for NULL. */
CIHSM_NODISCARD cihsm_status keystore_set_password(cihsm_keystore_write *write,
                                                   const cihsm_secret *password, cihsm_error *err);

/** Makes what is shown: texts of these members are replaced by others. Call it last. */
typedef struct keystore_mask {
    const char *name; /**< of the member; NULL ends a table */
    const char *text;
} keystore_mask;
CIHSM_NODISCARD cihsm_status keystore_show_masked(cihsm_keystore_write *write,
                                                  const keystore_mask *masks, cihsm_error *err);

/** Adds a certificate to those that are sent. @param path  where it is from */
CIHSM_NODISCARD cihsm_status keystore_add_certificate(cihsm_keystore_write *write,
                                                      X509 *certificate, const char *path,
                                                      cihsm_error *err);

/**
 * Compares what a person says of a certificate with it. @param given  NULL is fine
 * @retval CIHSM_E_USAGE  no SHA-256   @retval CIHSM_E_CHECK  that of another certificate
 */
CIHSM_NODISCARD cihsm_status keystore_check_fingerprint(const char *given, const X509 *certificate,
                                                        const char *path, cihsm_error *err);

#endif
