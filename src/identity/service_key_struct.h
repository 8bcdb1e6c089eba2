/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/service_key_struct - inside of cihsm_service_key, for the service_key_*.c files only.
 */
#ifndef IDENTITY_SERVICE_KEY_STRUCT_H
#define IDENTITY_SERVICE_KEY_STRUCT_H

#include <stdbool.h>

#include "identity/service_key.h"

struct cihsm_service_key {
    cihsm_service_key_type kind;
    char *path;
    char *url;
    char *token_url;
    char *client_id;
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *private_key;
    cihsm_secret *secret;
    bool readable_by_others; /* the file, when it was read */
};

/** True if the group or others may read the file. */
bool service_key_is_readable_by_others(const char *path);

#endif
