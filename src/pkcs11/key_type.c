/* SPDX-License-Identifier: Apache-2.0 */
#include "cihsm/key.h"

#include <stdio.h>
#include <strings.h>

/* The key types that can be asked for, as people write them. */
static const struct {
    const char *text;
    cihsm_key_type type;
    unsigned bits;
} TYPES[] = {
    {"rsa:2048", CIHSM_KEY_RSA, 2048},    {"rsa:3072", CIHSM_KEY_RSA, 3072},
    {"rsa:4096", CIHSM_KEY_RSA, 4096},    {"ec:P-256", CIHSM_KEY_EC_P256, 256},
    {"ec:P-384", CIHSM_KEY_EC_P384, 384},
};

bool cihsm_key_type_parse(const char *text, cihsm_key_type *type, unsigned *bits)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcasecmp(TYPES[i].text, text) == 0) {
            *type = TYPES[i].type;
            *bits = TYPES[i].bits;
            return true;
        }
    }
    return false;
}

void cihsm_key_type_format(cihsm_key_type type, unsigned bits, char out[16])
{
    switch (type) {
    case CIHSM_KEY_RSA:
        snprintf(out, 16, "rsa:%u", bits);
        break;
    case CIHSM_KEY_EC_P256:
        snprintf(out, 16, "ec:P-256");
        break;
    case CIHSM_KEY_EC_P384:
        snprintf(out, 16, "ec:P-384");
        break;
    case CIHSM_KEY_OTHER:
    default:
        snprintf(out, 16, "other");
        break;
    }
}
