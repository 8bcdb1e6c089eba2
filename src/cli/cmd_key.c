/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm key: private keys on the token.
 */
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

static const char COLUMNS[] = "Label,Id,Type,Protection,Uri";

static const cli_option GENERATE_OPTIONS[] = {
    {"type", "TYPE", "rsa:2048, rsa:3072 (default), rsa:4096, ec:P-256 or ec:P-384", 0},
    {"label", "TEXT", "label of the key (required)", 0},
    {"id", "HEX", "id of the key in hex; 16 random bytes if not given", 0},
    {0},
};

static int hex_digit(char c)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower == '\0' ? NULL : strchr(DIGITS, lower);
    return at == NULL ? -1 : (int)(at - DIGITS);
}

static cihsm_status parse_id(const char *text, uint8_t out[CIHSM_KEY_ID_MAX], size_t *len,
                             cihsm_error *err)
{
    const size_t digits = strlen(text);
    bool is_hex = digits > 0 && digits % 2 == 0 && digits <= 2 * CIHSM_KEY_ID_MAX;
    for (size_t i = 0; is_hex && i < digits; i += 2) {
        const int high = hex_digit(text[i]);
        const int low = hex_digit(text[i + 1]);
        is_hex = high >= 0 && low >= 0;
        out[i / 2] = (uint8_t)(is_hex ? high * 16 + low : 0);
    }
    *len = digits / 2;
    return is_hex ? CIHSM_OK
                  : cli_fail(err, CIHSM_E_USAGE, "--id takes 1 to %d bytes in hex, not \"%.80s\"",
                             CIHSM_KEY_ID_MAX, text);
}

static void format_id(const cihsm_key_info *info, char out[2 * CIHSM_KEY_ID_MAX + 1])
{
    out[0] = '\0';
    for (size_t i = 0; i < info->id_len; i++) {
        snprintf(out + 2 * i, 3, "%02x", info->id[i]);
    }
}

static const char *protection(const cihsm_key_info *info)
{
    if (info->extractable == CIHSM_YES) {
        return "EXTRACTABLE";
    }
    if (info->sensitive == CIHSM_NO) {
        return "NOT SENSITIVE";
    }
    const bool is_sure = info->sensitive == CIHSM_YES && info->extractable == CIHSM_NO;
    return is_sure ? "on token only" : "unknown";
}

static const char *word(cihsm_tristate state)
{
    static const char *const WORDS[] = {"unknown", "no", "yes"};
    return WORDS[state];
}

static cihsm_status add_attributes(cihsm_value *row, const cihsm_key_info *info, cihsm_error *err)
{
    const struct {
        const char *name;
        cihsm_tristate state;
    } attributes[] = {
        {"Sensitive", info->sensitive},
        {"Extractable", info->extractable},
        {"AlwaysSensitive", info->always_sensitive},
        {"NeverExtractable", info->never_extractable},
        {"GeneratedOnToken", info->local},
        {"MaySign", info->sign},
    };
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        CLI_TRY(cihsm_value_set_string(row, attributes[i].name, word(attributes[i].state), err));
    }
    return CIHSM_OK;
}

static cihsm_status describe(const cihsm_key_info *info, cihsm_value *list, cihsm_error *err)
{
    char id[2 * CIHSM_KEY_ID_MAX + 1];
    char type[16];
    format_id(info, id);
    cihsm_key_type_format(info->type, info->bits, type);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Label", info->label, err));
    CLI_TRY(cihsm_value_set_string(row, "Id", id, err));
    CLI_TRY(cihsm_value_set_string(row, "Type", type, err));
    CLI_TRY(cihsm_value_set_string(row, "Protection", protection(info), err));
    CLI_TRY(cihsm_value_set_string(row, "Uri", info->uri, err));
    CLI_TRY(add_attributes(row, info, err));
    return cihsm_value_append(list, &row, err);
}

static cihsm_status describe_all(const cihsm_key_list *keys, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < cihsm_key_list_count(keys); i++) {
        CLI_TRY(describe(cihsm_key_list_at(keys, i), list, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

static cihsm_status read_spec(const cli_env *env, cihsm_key_spec *spec,
                              uint8_t id[CIHSM_KEY_ID_MAX], cihsm_error *err)
{
    const char *type = cli_has(env, "type") ? cli_value(env, "type") : "rsa:3072";
    *spec = (cihsm_key_spec){.label = cli_value(env, "label")};
    if (!cihsm_key_type_parse(type, &spec->type, &spec->bits)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--type is rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384, not "
                        "\"%.40s\"",
                        type);
    }
    if (spec->label == NULL || spec->label[0] == '\0') {
        return cli_fail(err, CIHSM_E_USAGE, "a key needs a label: use --label TEXT");
    }
    if (cli_has(env, "id")) {
        CLI_TRY(parse_id(cli_value(env, "id"), id, &spec->id_len, err));
        spec->id = id;
    }
    return CIHSM_OK;
}

/* What the token says about the key it just made is not always what was asked for. */
static void warn_if_weak(const cihsm_key_info *info)
{
    if (info->extractable != CIHSM_NO || info->sensitive != CIHSM_YES) {
        cli_note("warning: the token does not say that this key is sensitive and never leaves it");
    }
    if (info->local == CIHSM_NO) {
        cli_note("warning: the token does not say that it generated this key itself");
    }
}

static cihsm_status run_generate(cli_env *env, cihsm_error *err)
{
    cihsm_key_spec spec;
    uint8_t id[CIHSM_KEY_ID_MAX];
    CLI_TRY(read_spec(env, &spec, id, err));

    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    CLI_TRY(cihsm_key_generate(token, &spec, &made, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(describe_all(made, &list, err));
    CLI_TRY(cli_print_object(env, cihsm_value_first(list), err));
    warn_if_weak(cihsm_key_list_at(made, 0));
    return CIHSM_OK;
}

const cli_command CMD_KEY_GENERATE = {
    .name = "key generate",
    .summary = "generate a key pair on the token; it can never leave it",
    .arguments = "",
    .example = "cihsm key generate --type rsa:3072 --label cpi-client",
    .options = GENERATE_OPTIONS,
    .run = run_generate,
};

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    CLI_TRY(cihsm_key_list_fetch(token, cli_setting(env, "key"), &keys, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(describe_all(keys, &list, err));
    return cli_print_list(env, list, COLUMNS, err);
}

const cli_command CMD_KEY_LIST = {
    .name = "key list",
    .summary = "list the private keys of the token",
    .arguments = "",
    .example = "cihsm key list --token \"pkcs11:token=cpi\"",
    .run = run_list,
};
