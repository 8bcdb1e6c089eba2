/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_options.h"

#include <string.h>

#include "cli/report.h"

static int hex_digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower == '\0' ? NULL : strchr(DIGITS, lower);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

bool cli_key_id_read(const char *hex, uint8_t out[CIHSM_KEY_ID_MAX], size_t *len)
{
    const size_t digits = strlen(hex);
    bool is_hex = digits > 0 && digits % 2 == 0 && digits / 2 <= CIHSM_KEY_ID_MAX;
    for (size_t i = 0; is_hex && i < digits; i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        is_hex = high >= 0 && low >= 0;
        out[i / 2] = (uint8_t)(is_hex ? high * 16 + low : 0);
    }
    *len = is_hex ? digits / 2 : 0;
    return is_hex;
}

cihsm_status cli_key_spec(const cli_env *env, const char *type_option, uint8_t id[CIHSM_KEY_ID_MAX],
                          cihsm_key_spec *spec, cihsm_error *err)
{
    const char *type = cli_has(env, type_option) ? cli_value(env, type_option) : "rsa:3072";
    *spec = (cihsm_key_spec){.label = cli_value(env, "label")};
    if (!cihsm_key_type_parse(type, &spec->type, &spec->bits)) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s is " CLI_KEY_TYPES ", not \"%.40s\"", type_option,
                        type);
    }
    if (spec->label == NULL || spec->label[0] == '\0') {
        return cli_fail(err, CIHSM_E_USAGE, "--label is missing: the name of the new key");
    }
    if (cli_has(env, "id")) {
        if (!cli_key_id_read(cli_value(env, "id"), id, &spec->id_len)) {
            return cli_fail(err, CIHSM_E_USAGE, "--id takes 1 to %d bytes in hex, not \"%.80s\"",
                            CIHSM_KEY_ID_MAX, cli_value(env, "id"));
        }
        spec->id = id;
    }
    return CIHSM_OK;
}
