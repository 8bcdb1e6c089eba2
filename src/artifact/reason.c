/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/reason.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cihsm/scope.h"

/* Adds a text behind what is there; what does not fit is left out. */
static void add(char out[CIHSM_RUNTIME_ERROR_SIZE], const char *text)
{
    const size_t len = strlen(out);
    if (text == NULL || *text == '\0' || len + 3 >= CIHSM_RUNTIME_ERROR_SIZE) {
        return;
    }
    char *to = out + len;
    if (len > 0) {
        memcpy(to, ": ", 3);
        to += 2;
    }
    text_escape(to, CIHSM_RUNTIME_ERROR_SIZE - (size_t)(to - out), text, strlen(text));
}

static void add_message(const cihsm_value *message, char out[CIHSM_RUNTIME_ERROR_SIZE])
{
    const char *text = cihsm_value_get_string(message, "messageText");
    add(out, cihsm_value_string(message)); /* a bare text */
    add(out, text != NULL && *text != '\0' ? text : cihsm_value_get_string(message, "messageId"));
}

void reason_of(const char *body, size_t len, char out[CIHSM_RUNTIME_ERROR_SIZE])
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *parsed = NULL;
    out[0] = '\0';
    if (cihsm_value_parse(body, len, &parsed, NULL) == CIHSM_OK) {
        add_message(cihsm_value_get(parsed, "message"), out);
        const cihsm_value *one = cihsm_value_first(cihsm_value_get(parsed, "parameter"));
        for (; one != NULL; one = cihsm_value_next(one)) {
            add(out, cihsm_value_string(one));
        }
    }
    if (out[0] == '\0') {
        text_escape(out, CIHSM_RUNTIME_ERROR_SIZE, body, len);
    }
}
