/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm token: tokens themselves - what is there, initialising, PINs.
 */
#include <stdio.h>
#include <string.h>

#include "cli/confirm.h"
#include "cli/list.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/pin.h"
#include "cli/refusals.h"
#include "cli/report.h"
#include "cli/settings.h"

static const char COLUMNS[] = "Slot,Label,Serial,Pin,OfficerPin,Flags,Uri";

#define SO_PIN_OPTION                                                                    \
    {                                                                                    \
        "so-pin-source", "SRC", "security officer PIN, from the same kinds of source", 0 \
    }
#define NEW_PIN_OPTION                                                          \
    {                                                                           \
        "new-pin-source", "SRC", "PIN to set, from the same kinds of source", 0 \
    }

static const char *state_word(cihsm_pin_state state)
{
    static const char *const WORDS[] = {
        [CIHSM_PIN_OK] = "ok",
        [CIHSM_PIN_WRONG_GIVEN] = "a wrong PIN was given",
        [CIHSM_PIN_LAST_TRY] = "last try",
        [CIHSM_PIN_LOCKED] = "locked",
        [CIHSM_PIN_NOT_SET] = "not set",
        [CIHSM_PIN_MUST_CHANGE] = "must be changed",
    };
    return WORDS[state];
}

static void flag_words(const cihsm_token_info *info, char *out, size_t size)
{
    const struct {
        bool is_set;
        const char *word;
    } flags[] = {
        {!info->initialized, "not initialised"},
        {info->initialized && !info->login_required, "no login needed"},
        {info->pinpad, "PIN typed at the token"},
        {info->write_protected, "write-protected"},
    };
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].is_set && len < size) {
            len += (size_t)snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ", ",
                                    flags[i].word);
        }
    }
}

static cihsm_status new_object(cihsm_value **out, cihsm_error *err)
{
    *out = cihsm_value_new_object();
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

static cihsm_status new_array(cihsm_value **out, cihsm_error *err)
{
    *out = cihsm_value_new_array();
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

static cihsm_status describe(const cihsm_token_info *info, cihsm_value **out, cihsm_error *err)
{
    char flags[128];
    char slot[24];
    flag_words(info, flags, sizeof flags);
    snprintf(slot, sizeof slot, "%lu", info->slot_id);
    const struct {
        const char *name, *text;
    } members[] = {
        {"Slot", slot},
        {"Label", info->label},
        {"Serial", info->serial},
        {"Model", info->model},
        {"Manufacturer", info->manufacturer},
        {"Pin", state_word(info->user_pin)},
        {"OfficerPin", state_word(info->officer_pin)},
        {"Flags", flags},
        {"Uri", info->uri},
    };
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(new_object(&row, err));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        CLI_TRY(cihsm_value_set_string(row, members[i].name, members[i].text, err));
    }
    CLI_TRY(cihsm_value_set_bool(row, "Initialized", info->initialized, err));
    if (info->pin_max > 0) {
        CLI_TRY(cihsm_value_set_number(row, "PinMin", (double)info->pin_min, err));
        CLI_TRY(cihsm_value_set_number(row, "PinMax", (double)info->pin_max, err));
    }
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

static cihsm_status token_config(cli_env *env, cihsm_token_config *out, cihsm_error *err)
{
    CLI_TRY(cli_token_config(env, out, err));
    if (out->module == NULL) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "no PKCS#11 module is given: use --module PATH or a profile");
    }
    return CIHSM_OK;
}

/* --- list -------------------------------------------------------------------------------- */

static cihsm_status run_list(cli_env *env, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(token_config(env, &config, err));
    config.uri = cli_value(env, "token"); /* a profile's token would hide the others */
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *tokens = NULL;
    CLI_TRY(cihsm_token_list_fetch(&config, &tokens, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = NULL;
    CLI_TRY(new_array(&list, err));
    for (size_t i = 0; i < cihsm_token_list_count(tokens); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CLI_TRY(describe(cihsm_token_list_at(tokens, i), &row, err));
        CLI_TRY(cihsm_value_append(list, &row, err));
    }
    return cli_print_list(env, list, COLUMNS, err);
}

const cli_command CMD_TOKEN_LIST = {
    .name = "token list",
    .summary = "list the tokens of the module and the state of their PINs",
    .arguments = "",
    .example = "cihsm token list --module /usr/lib/softhsm/libsofthsm2.so",
    .run = run_list,
};

/* --- info -------------------------------------------------------------------------------- */

static cihsm_status add_mechanism(const cihsm_mechanism *from, cihsm_value *list, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(new_object(&row, err));
    CLI_TRY(cihsm_value_set_string(row, "Mechanism", from->name, err));
    CLI_TRY(cihsm_value_set_string(row, "Listed", from->listed ? "yes" : "no", err));
    if (from->bits_max > 0) {
        CLI_TRY(cihsm_value_set_number(row, "BitsMin", (double)from->bits_min, err));
        CLI_TRY(cihsm_value_set_number(row, "BitsMax", (double)from->bits_max, err));
    }
    CLI_TRY(cihsm_value_set_string(row, "For", from->use, err));
    return cihsm_value_append(list, &row, err);
}

static const char *support_word(cihsm_tristate state)
{
    static const char *const WORDS[] = {"not listed", "no", "yes"};
    return WORDS[state];
}

static cihsm_status add_key(const cihsm_key_support *from, cihsm_value *list, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CLI_TRY(new_object(&row, err));
    CLI_TRY(cihsm_value_set_string(row, "Key", from->type, err));
    CLI_TRY(cihsm_value_set_string(row, "Generate", support_word(from->generate), err));
    CLI_TRY(cihsm_value_set_string(row, "Tls12", support_word(from->tls12), err));
    CLI_TRY(cihsm_value_set_string(row, "Tls13", support_word(from->tls13), err));
    return cihsm_value_append(list, &row, err);
}

typedef struct described {
    cihsm_value *token, *mechanisms, *keys;
} described;

static void described_free(described *of)
{
    cihsm_value_free(&of->token);
    cihsm_value_free(&of->mechanisms);
    cihsm_value_free(&of->keys);
}

static cihsm_status describe_report(const cihsm_token_report *report, described *out,
                                    cihsm_error *err)
{
    CLI_TRY(describe(cihsm_token_report_info(report), &out->token, err));
    CLI_TRY(new_array(&out->mechanisms, err));
    CLI_TRY(new_array(&out->keys, err));
    for (size_t i = 0; cihsm_token_report_mechanism(report, i) != NULL; i++) {
        CLI_TRY(add_mechanism(cihsm_token_report_mechanism(report, i), out->mechanisms, err));
    }
    for (size_t i = 0; cihsm_token_report_key(report, i) != NULL; i++) {
        CLI_TRY(add_key(cihsm_token_report_key(report, i), out->keys, err));
    }
    return CIHSM_OK;
}

static cihsm_status print_report(cli_env *env, described *of, cihsm_error *err)
{
    cli_format format = CLI_TABLE;
    CLI_TRY(cli_output_format(env, &format, err));
    if (format != CLI_TABLE) {
        CLI_TRY(cihsm_value_set(of->token, "Mechanisms", &of->mechanisms, err));
        CLI_TRY(cihsm_value_set(of->token, "Keys", &of->keys, err));
        return cli_print_object(env, of->token, err);
    }
    CLI_TRY(cli_print_object(env, of->token, err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_print_list(env, of->mechanisms, "Mechanism,Listed,BitsMin,BitsMax,For", err));
    CLI_TRY(cli_print_bytes("\n", 1, err));
    CLI_TRY(cli_print_list(env, of->keys, "Key,Generate,Tls12,Tls13", err));
    CLI_TRY(cli_flush_stdout(err));
    cli_note("the token's list is a hint: some sign by mechanisms they do not list. \"cihsm csr "
             "create\" with a key proves that it signs");
    return CIHSM_OK;
}

static cihsm_status run_info(cli_env *env, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(token_config(env, &config, err));
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = NULL;
    CLI_TRY(cihsm_token_report_fetch(&config, &report, err));
    CIHSM_AUTO(described_free) described out = {.token = NULL};
    CLI_TRY(describe_report(report, &out, err));
    return print_report(env, &out, err);
}

const cli_command CMD_TOKEN_INFO = {
    .name = "token info",
    .summary = "show a token and which client keys will work on it",
    .arguments = "",
    .example = "cihsm token info --token \"pkcs11:token=cpi\"",
    .run = run_info,
};

/* --- init -------------------------------------------------------------------------------- */

static const char *const OFFICER_SETTINGS[] = {"so-pin-source", "new-pin-source", NULL};
static const char *const CHANGE_SETTINGS[] = {"pin-source", "new-pin-source", NULL};

static const cli_option INIT_OPTIONS[] = {
    {"label", "TEXT", "label of the token, at most 32 bytes (required)", 0},
    SO_PIN_OPTION,
    NEW_PIN_OPTION,
    {0},
};

static cihsm_status confirm_erase(void *user, const cihsm_token_info *token, cihsm_error *err)
{
    return cli_confirm(user, err,
                       "Token \"%s\" (serial %s) is initialised: all keys and certificates on it "
                       "will be destroyed and cannot be brought back. Erase it?",
                       token->label, token->serial);
}

/* The PIN that was set is the one that the next command needs. */
static void note_after_init(const cli_env *env, const char *token)
{
    char uri[CLI_NEXT_URI_MAX];
    cli_next_uri(token, "token=", uri);
    const char *pin = cli_value(env, "new-pin-source");
    const char *words[] = {"key",
                           "generate",
                           "--label",
                           "cpi-client",
                           "--token",
                           uri,
                           pin == NULL ? NULL : "--pin-source",
                           pin,
                           NULL};
    cli_next(env, NULL, words);
}

static cihsm_status run_init(cli_env *env, cihsm_error *err)
{
    const char *label = cli_value(env, "label");
    if (label == NULL) {
        return cli_fail(err, CIHSM_E_USAGE, "--label is missing: the name of the token");
    }
    cihsm_token_config config;
    CLI_TRY(token_config(env, &config, err));
    CLI_TRY(cli_pin_config_admin(env, OFFICER_SETTINGS, &config, err));
    config.uri = cli_value(env, "token"); /* never the one of a profile: it would be erased */
    CIHSM_AUTO(cihsm_token_list_free) cihsm_token_list *made = NULL;
    CLI_TRY(cihsm_token_initialize(&config, label, confirm_erase, env, &made, err));

    CIHSM_AUTO(cihsm_value_free) cihsm_value *token = NULL;
    CLI_TRY(describe(cihsm_token_list_at(made, 0), &token, err));
    CLI_TRY(cli_print_object(env, token, err));
    CLI_TRY(cli_flush_stdout(err));
    note_after_init(env, cihsm_token_list_at(made, 0)->uri);
    return CIHSM_OK;
}

const cli_command CMD_TOKEN_INIT = {
    .name = "token init",
    .summary = "initialise a token: label, security officer PIN, PIN",
    .arguments = "",
    .example = "cihsm token init --label cpi --module /usr/lib/softhsm/libsofthsm2.so",
    .options = INIT_OPTIONS,
    .run = run_init,
};

/* --- PINs -------------------------------------------------------------------------------- */

static const cli_option SET_PIN_OPTIONS[] = {SO_PIN_OPTION, NEW_PIN_OPTION, {0}};
static const cli_option CHANGE_PIN_OPTIONS[] = {NEW_PIN_OPTION, {0}};

/* Asks before the PIN that everybody who uses the token knows stops working. */
static cihsm_status confirm_pin(cli_env *env, const cihsm_token_config *config, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_token_report_free) cihsm_token_report *report = NULL;
    CLI_TRY(cihsm_token_report_fetch(config, &report, err));
    const cihsm_token_info *token = cihsm_token_report_info(report);
    return cli_confirm(env, err,
                       "Everybody who uses token \"%s\" (serial %s) will need the new PIN. Set it?",
                       token->label, token->serial);
}

static cihsm_status run_set_pin(cli_env *env, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(token_config(env, &config, err));
    CLI_TRY(cli_pin_config_admin(env, OFFICER_SETTINGS, &config, err));
    CLI_TRY(confirm_pin(env, &config, err));
    CLI_TRY(cihsm_token_set_pin(&config, err));
    cli_note("the PIN is set");
    return CIHSM_OK;
}

const cli_command CMD_TOKEN_SET_PIN = {
    .name = "token set-pin",
    .summary = "set the first PIN or unblock it, as security officer",
    .arguments = "",
    .example = "cihsm token set-pin --token \"pkcs11:token=cpi\"",
    .options = SET_PIN_OPTIONS,
    .run = run_set_pin,
};

static cihsm_status run_change_pin(cli_env *env, cihsm_error *err)
{
    cihsm_token_config config;
    CLI_TRY(token_config(env, &config, err));
    CLI_TRY(cli_pin_config_admin(env, CHANGE_SETTINGS, &config, err));
    CLI_TRY(confirm_pin(env, &config, err));
    CLI_TRY(cihsm_token_change_pin(&config, err));
    cli_note("the PIN is changed");
    return CIHSM_OK;
}

const cli_command CMD_TOKEN_CHANGE_PIN = {
    .name = "token change-pin",
    .summary = "change the PIN",
    .arguments = "",
    .example = "cihsm token change-pin --token \"pkcs11:token=cpi\"",
    .options = CHANGE_PIN_OPTIONS,
    .run = run_change_pin,
};

static cihsm_status run_forget_refusal(cli_env *env, cihsm_error *err)
{
    size_t count = 0;
    CLI_TRY(cli_refusals_forget_uri(cli_setting(env, "token"), &count, err));
    if (count == 0) {
        cli_note("no refused PIN was remembered");
    } else {
        cli_note("%zu refused PIN%s forgotten: the next login tries again", count,
                 count == 1 ? "" : "s");
    }
    return CIHSM_OK;
}

const cli_command CMD_TOKEN_FORGET_REFUSAL = {
    .name = "token forget-refusal",
    .summary = "let a PIN source be tried again that a token refused",
    .arguments = "",
    .example = "cihsm token forget-refusal --token \"pkcs11:token=cpi\"",
    .run = run_forget_refusal,
};
