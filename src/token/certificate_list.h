/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token/certificate_list - the inside of a token_certificate_list for the other files of this
 * module. Owns copies of what it read from the token.
 */
#ifndef TOKEN_CERTIFICATE_LIST_H
#define TOKEN_CERTIFICATE_LIST_H

#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "token/store.h"

typedef struct certificate_object {
    CK_OBJECT_HANDLE handle;
    buffer der, id, label;
    token_certificate shown; /* points into the others; owns its X509 */
} certificate_object;

struct token_certificate_list {
    certificate_object *objects;
    size_t count;
};

#endif
