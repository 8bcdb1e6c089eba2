/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/parameter.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"
#include "odata/literal.h"

#define VALUE_MAX 16384 /* bytes; servers take less */

static bool is_name(const char *name)
{
    static const char CHARACTERS[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const char *plain = *name == '$' ? name + 1 : name;
    return *plain != '\0' && plain[strspn(plain, CHARACTERS)] == '\0';
}

static cihsm_status check(const cihsm_parameter *parameter, cihsm_error *err)
{
    if (!is_name(parameter->name)) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                "\"%.60s\" is no name of a parameter: letters, digits, \"_\", "
                                "\"-\" and \".\" only",
                                parameter->name);
    }
    if (!text_is_utf8(parameter->value, strlen(parameter->value))) {
        return cihsm_fail_plain(err, CIHSM_E_USAGE, "the parameter %s is not UTF-8",
                                parameter->name);
    }
    for (const char *c = parameter->value; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE,
                                    "control character at position %zu of the parameter %s",
                                    (size_t)(c - parameter->value) + 1, parameter->name);
        }
    }
    return CIHSM_OK;
}

static cihsm_status append_value(const cihsm_parameter *parameter, buffer *out, cihsm_error *err)
{
    const char *text = parameter->value;
    return parameter->is_text ? odata_literal_append("Edm.String", text, strlen(text), out, err)
                              : buffer_append_text(out, text, err);
}

cihsm_status odata_parameter_append(const cihsm_parameter *parameter, buffer *out, cihsm_error *err)
{
    CIHSM_TRY(check(parameter, err));
    CIHSM_AUTO(buffer_free) buffer value = buffer_new(VALUE_MAX);
    CIHSM_TRY(append_value(parameter, &value, err));
    CIHSM_AUTO(text_free) char *encoded = NULL;
    CIHSM_TRY(http_escape(buffer_text(&value), &encoded, err));
    CIHSM_TRY(buffer_append_text(out, parameter->name, err));
    CIHSM_TRY(buffer_append_text(out, "=", err));
    return buffer_append_text(out, encoded, err);
}
