/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/write_body.h"

#include <string.h>

#include "cli/assignment.h"
#include "cli/input.h"
#include "cli/pin.h"
#include "cli/report.h"

static const char HIDDEN[] = "(secret)"; /* --dry-run shows the body */

static void wipe_bytes(cli_body *body)
{
    cli_input_free(&body->bytes, body->len);
    body->len = 0;
}

void cli_body_free(cli_body *body)
{
    cihsm_value_free_wiped(&body->value);
    wipe_bytes(body);
}

/* Sent as they are. */
static bool is_raw(const cli_env *env)
{
    const char *type = cli_value(env, "content-type");
    return type != NULL && strcasestr(type, "json") == NULL;
}

static bool ends_in_value(const char *path)
{
    static const char END[] = "/$value";
    const size_t len = strlen(path);
    return len >= sizeof END - 1 && strcmp(path + len - (sizeof END - 1), END) == 0;
}

static cihsm_status check_sources(const cli_env *env, const char *path, cihsm_error *err)
{
    const bool has_sets = cli_has(env, "set") || cli_has(env, "set-secret");
    const bool has_file = cli_has(env, "data-file");
    const bool has_data = cli_has(env, "data");
    if (has_data && has_file) {
        return cli_fail(err, CIHSM_E_USAGE, "--data and --data-file cannot go together");
    }
    if (is_raw(env) && (!has_file || has_sets)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "with --content-type %.60s the body is the bytes of --data-file and "
                        "nothing else",
                        cli_value(env, "content-type"));
    }
    if (!is_raw(env) && has_file && ends_in_value(path)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "the content of %.120s is sent as it is: tell its type, for example "
                        "--content-type application/pkix-cert",
                        path);
    }
    if (!has_sets && !has_file && !has_data) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "nothing to send: give properties with --set NAME=VALUE, --data JSON or "
                        "--data-file FILE");
    }
    return CIHSM_OK;
}

static cihsm_status parse(const char *option, const char *text, size_t len, cihsm_value **out,
                          cihsm_error *err)
{
    cihsm_error why = {0};
    const cihsm_status status = cihsm_value_parse(text, len, out, &why);
    CLI_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s: %s", option, why.message);
    }
    return CIHSM_OK;
}

/* Everybody on the machine can read a command line. */
static cihsm_status refuse_secret(const char *name, cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_USAGE,
                    "others can read a command line, so %.80s does not belong there: use "
                    "--set-secret %.80s=prompt, file:PATH, fd:N, env:NAME or cred:NAME",
                    name, name);
}

static cihsm_status check_no_secret(const cihsm_value *value, cihsm_error *err)
{
    const cihsm_value *item = cihsm_value_first(value);
    for (; item != NULL; item = cihsm_value_next(item)) {
        const char *name = cihsm_value_name(item);
        if (name != NULL && cihsm_property_is_secret(name) &&
            cihsm_value_kind(item) != CIHSM_VALUE_NULL) {
            return refuse_secret(name, err);
        }
        CLI_TRY(check_no_secret(item, err));
    }
    return CIHSM_OK;
}

static cihsm_status read_json(const cli_env *env, cli_body *out, cihsm_error *err)
{
    const char *data = cli_value(env, "data");
    if (data != NULL) {
        CLI_TRY(parse("data", data, strlen(data), &out->value, err));
        CLI_TRY(check_no_secret(out->value, err));
    } else if (cli_has(env, "data-file")) {
        CLI_TRY(cli_input_read(cli_value(env, "data-file"), &out->bytes, &out->len, err));
        CLI_TRY(parse("data-file", out->bytes, out->len, &out->value, err));
        wipe_bytes(out);
    } else {
        out->value = cihsm_value_new_object();
    }
    if (out->value == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    if (cihsm_value_kind(out->value) != CIHSM_VALUE_OBJECT) {
        return cli_fail(err, CIHSM_E_USAGE, "the body is one JSON object, {\"NAME\":VALUE,...}");
    }
    return CIHSM_OK;
}

static cihsm_status apply_set(const char *text, const char *path, cli_body *to, cihsm_error *err)
{
    cli_assignment one;
    CLI_TRY(cli_assignment_read("set", text, &one, err));
    if (cihsm_property_is_secret(one.name)) {
        return refuse_secret(one.name, err);
    }
    if (!one.is_literal) {
        return cihsm_body_set_text(to->value, path, one.name, one.value, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    CLI_TRY(parse("set", one.value, strlen(one.value), &value, err));
    CLI_TRY(check_no_secret(value, err));
    return cihsm_body_set(to->value, one.name, &value, err);
}

static cihsm_status apply_secret(const cli_env *env, const char *text, const char *path,
                                 cli_body *to, cihsm_error *err)
{
    cli_assignment one;
    CLI_TRY(cli_assignment_read("set-secret", text, &one, err));
    if (cli_has(env, "dry-run")) {
        return cihsm_body_set_text(to->value, path, one.name, HIDDEN, err);
    }
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *secret = NULL;
    CLI_TRY(cli_secret_read(one.value, one.name, &secret, err));
    return cihsm_body_set_text(to->value, path, one.name, cihsm_secret_bytes(secret), err);
}

cihsm_status cli_body_read(const cli_env *env, const char *path, cli_body *out, cihsm_error *err)
{
    CLI_TRY(check_sources(env, path, err));
    if (is_raw(env)) {
        return cli_input_read(cli_value(env, "data-file"), &out->bytes, &out->len, err);
    }
    CLI_TRY(read_json(env, out, err));
    for (size_t i = 0; i < cli_times(env, "set"); i++) {
        CLI_TRY(apply_set(cli_value_at(env, "set", i), path, out, err));
    }
    for (size_t i = 0; i < cli_times(env, "set-secret"); i++) {
        CLI_TRY(apply_secret(env, cli_value_at(env, "set-secret", i), path, out, err));
    }
    return CIHSM_OK;
}
