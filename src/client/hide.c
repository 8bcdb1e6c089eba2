/* SPDX-License-Identifier: Apache-2.0 */
#include "client/hide.h"

#include <string.h>

#include "cihsm/write.h"

static const char MASK[] = "***";
static const size_t MASK_LEN = sizeof MASK - 1;

static void hide_text(char *text, const char *secret)
{
    const size_t len = strlen(secret);
    if (len < MASK_LEN) {
        return;
    }
    for (char *at = strstr(text, secret); at != NULL; at = strstr(at, secret)) {
        memcpy(at, MASK, MASK_LEN);
        memmove(at + MASK_LEN, at + len, strlen(at + len) + 1);
        at += MASK_LEN;
    }
}

static void hide_members(const cihsm_value *of, char *text)
{
    for (const cihsm_value *m = cihsm_value_first(of); m != NULL; m = cihsm_value_next(m)) {
        const char *name = cihsm_value_name(m);
        const char *secret = cihsm_value_string(m);
        if (name != NULL && secret != NULL && cihsm_property_is_secret(name)) {
            hide_text(text, secret);
        }
        hide_members(m, text);
    }
}

void hide_secrets(const cihsm_value *body, const cihsm_secret *token, cihsm_error *err)
{
    if (err == NULL) {
        return;
    }
    hide_members(body, err->message);
    if (token != NULL) {
        hide_text(err->message, cihsm_secret_bytes(token));
    }
}
