/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a renewal from the service key to the end of the old one.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cert_report.h"
#include "cli/cloud_foundry.h"
#include "cli/confirm.h"
#include "cli/out_file.h"
#include "cli/output.h"
#include "cli/renewal.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/wait_option.h"

enum { WAIT_S = 600, SETTINGS_MAX = 3 };

/* --- service key ------------------------------------------------------------------------------ */

/* Whether a row is the service key that the profile had. Its guid is known once its deletion was
 * begun: what a deletion leaves behind cannot be read. */
static bool is_old(const renewal *of, const cihsm_value *row)
{
    const char *guid = renewal_get(of, "oldGuid");
    return cihsm_value_is_true(cihsm_value_get(row, "inUse")) ||
           (guid != NULL && strcmp(guid, cihsm_value_get_string(row, "guid")) == 0);
}

/* The row of the service key that the profile had; NULL: none of those that can be read is it. */
static cihsm_status find_old(const renewal *of, cihsm_cf *cf, cihsm_value **rows,
                             const cihsm_value **out, cihsm_error *err)
{
    const cihsm_cf_query query = {.instance = cli_cf_instance(of->env),
                                  .own = renewal_get(of, "oldServiceKey")};
    CLI_TRY(cihsm_cf_list_keys(cf, &query, rows, err));
    *out = cihsm_value_first(*rows);
    while (*out != NULL && !is_old(of, *out)) {
        *out = cihsm_value_next(*out);
    }
    return CIHSM_OK;
}

/* That the old key is not found means that it is gone only if all keys were seen and read. */
static cihsm_status check_gone(const renewal *of, cihsm_cf *cf, const cihsm_value *rows,
                               cihsm_error *err)
{
    const char *instance = renewal_get(of, "instance");
    const cihsm_value *row = cihsm_value_first(rows);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *seen = NULL;
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "no service key is seen, neither the old one nor the new one: the user "
                        "needs the role Space Developer in the space of the service instance");
    }
    if (instance != NULL) {
        CLI_TRY(cihsm_cf_find_instance(cf, instance, &seen, err));
    }
    for (; renewal_get(of, "oldGuid") == NULL && row != NULL; row = cihsm_value_next(row)) {
        if (cihsm_value_get_string(row, "type") == NULL) {
            return cli_fail(
                err, CIHSM_E_REFUSED,
                "service key \"%.60s\" of service instance \"%.60s\" cannot be read, so "
                "it may be the old one: that needs the role Space Developer; if its "
                "state is failed, delete it first by \"cihsm service-key delete\"",
                cihsm_value_get_string(row, "name"), cihsm_value_get_string(row, "instance"));
        }
    }
    return CIHSM_OK;
}

/* All roles stand in one instance, so the new key belongs where the old one is. */
static cihsm_status choose_instance(renewal *of, cihsm_cf *cf, cihsm_error *err)
{
    const char *given = cli_cf_instance(of->env);
    if (given != NULL || renewal_get(of, "instance") != NULL) {
        return renewal_set(of, "instance", given != NULL ? given : renewal_get(of, "instance"),
                           err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    const cihsm_value *old = NULL;
    CLI_TRY(find_old(of, cf, &rows, &old, err));
    if (old == NULL) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "the service key of %.200s is in no service instance that you see: name "
                        "its instance with --instance NAME",
                        renewal_get(of, "oldServiceKey"));
    }
    return renewal_set(of, "instance", cihsm_value_get_string(old, "instanceGuid"), err);
}

static cihsm_status create(renewal *of, const char *path, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *params = NULL;
    CIHSM_AUTO(cihsm_value_free_wiped) cihsm_value *made = NULL;
    int64_t wait_s = 0;
    CLI_TRY(cli_wait_option(of->env, &wait_s, err));
    CLI_TRY(cihsm_service_key_params(renewal_get(of, "chain"), &params, err));
    CLI_TRY(cli_out_file(path, &file, err)); /* if it cannot be written, nothing is made */
    CLI_TRY(cli_cf_open(of->env, &cf, err));
    CLI_TRY(choose_instance(of, cf, err));
    const cihsm_cf_key key = {.instance = renewal_get(of, "instance"),
                              .name = renewal_get(of, "serviceKeyName"),
                              .parameters = params,
                              .wait_s = wait_s};
    CLI_TRY(cihsm_cf_create_key(cf, &key, &made, err));
    CLI_TRY(cli_cf_write_key(cihsm_value_get(made, "document"), &file, err));
    const cihsm_value *row = cihsm_value_get(made, "key");
    cli_note("service key \"%s\" of service instance \"%s\" made, written to %s",
             cihsm_value_get_string(row, "name"), cihsm_value_get_string(row, "instance"), path);
    return CIHSM_OK;
}

/* Whoever made it: it must be for the certificate that was just stored. */
static cihsm_status check(const renewal *of, const char *path, cihsm_error *err)
{
    const cihsm_service_key_rules rules = {.chain = renewal_get(of, "chain")};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cihsm_service_key_check(path, &rules, &report, err));
    if (cert_errors(report) == 0) {
        return CIHSM_OK;
    }
    const cihsm_value *finding = cert_first_finding(report, "error");
    return cli_fail(err, CIHSM_E_CHECK,
                    "service key %.200s cannot be used: %.200s; remove that "
                    "file, and repeat",
                    path, cihsm_value_get_string(finding, "sentence"));
}

cihsm_status renewal_make_service_key(renewal *of, cihsm_error *err)
{
    struct stat there;
    const char *path = renewal_get(of, "serviceKey");
    const bool is_there = stat(path, &there) == 0;
    if (!is_there && cli_setting(of->env, "cf-api") == NULL) {
        renewal_wait(of,
                     "make a service key of type External Certificate in the cockpit with what "
                     "\"cihsm service-key params --cert %s\" prints, save it as %s, then repeat; "
                     "or let it be made with --cf-api URL",
                     renewal_get(of, "chain"), path);
        return CIHSM_OK;
    }
    if (!is_there) {
        CLI_TRY(create(of, path, err));
    }
    return check(of, path, err);
}

/* --- test ------------------------------------------------------------------------------------- */

/* The settings of the profile as they will be. */
static cihsm_status new_config(const renewal *of, const char *clones[CLI_CLONES_MAX],
                               cihsm_client_config *out, cihsm_error *err)
{
    CLI_TRY(cli_client_config(of->env, clones, out, err));
    out->service_key = renewal_get(of, "serviceKey");
    out->key = renewal_key(of);
    if (out->chain != NULL) {
        out->chain = renewal_get(of, "chain");
    }
    return CIHSM_OK;
}

static void tell_waiting(void *user, const char *layer, const char *what)
{
    (void)user;
    cli_note("waiting, layer %s: %s", layer, what);
}

static cihsm_status fail_unwell(const renewal *of, const cihsm_value *report, const char *failed,
                                cihsm_error *err)
{
    const cihsm_value *row = cihsm_value_first(cihsm_value_get(report, "layers"));
    while (strcmp(cihsm_value_get_string(row, "layer"), failed) != 0) {
        row = cihsm_value_next(row); /* there is one */
    }
    return cli_fail(err, CIHSM_E_CHECK,
                    "the new identity does not work yet, layer %s: %.250s; the profile \"%.60s\" "
                    "still has the old one, which works: repeat later",
                    failed, cihsm_value_get_string(row, "what"), renewal_get(of, "profile"));
}

static cihsm_status examine(const renewal *of, const cihsm_client_config *config, cihsm_error *err)
{
    int64_t wait_s = WAIT_S;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    CLI_TRY(cli_wait_option(of->env, &wait_s, err));
    const cihsm_doctor_options options = {.resource = cli_value(of->env, "for"),
                                          .warn_days = CERT_WARN_DAYS,
                                          .wait_s = (long)wait_s,
                                          .waiting = tell_waiting};
    CLI_TRY(cihsm_doctor_run(config, &options, &report, err));
    const char *failed = cihsm_value_get_string(report, "failed");
    return failed == NULL ? CIHSM_OK : fail_unwell(of, report, failed, err);
}

/* What the doctor found well is done once more as every command will do it. */
static cihsm_status call(const renewal *of, const cihsm_client_config *config, cihsm_error *err)
{
    const char *path = cli_has(of->env, "for") ? cli_value(of->env, "for") : "/";
    cihsm_query query = CIHSM_QUERY_INIT;
    query.top = cli_has(of->env, "for") ? 1 : -1;
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_client_open(config, &client, err));
    CLI_TRY(cihsm_client_get(client, path, &query, &result, err));
    cli_note("a call with the new identity succeeded");
    return CIHSM_OK;
}

cihsm_status renewal_test(renewal *of, cihsm_error *err)
{
    const char *clones[CLI_CLONES_MAX];
    cihsm_client_config config;
    renewal_close_token(of); /* others open it now */
    CLI_TRY(new_config(of, clones, &config, err));
    CLI_TRY(examine(of, &config, err));
    return call(of, &config, err);
}

/* --- switch ----------------------------------------------------------------------------------- */

cihsm_status renewal_switch(renewal *of, cihsm_error *err)
{
    char path[CLI_PATH_MAX];
    cihsm_setting settings[SETTINGS_MAX];
    size_t count = 0;
    settings[count++] = (cihsm_setting){"service-key", renewal_get(of, "serviceKey")};
    if (renewal_get(of, "oldChain") != NULL) {
        settings[count++] = (cihsm_setting){"chain", renewal_get(of, "chain")};
    }
    if (renewal_get(of, "key") != NULL) {
        settings[count++] = (cihsm_setting){"key", renewal_get(of, "key")};
    }
    CLI_TRY(cli_config_path(of->env, path, err));
    CLI_TRY(cihsm_config_change_profile(path, renewal_get(of, "profile"), settings, count, err));
    cli_note("profile \"%s\" uses the new identity from now on", renewal_get(of, "profile"));
    return CIHSM_OK;
}

/* --- retire ----------------------------------------------------------------------------------- */

static cihsm_status remove_old(renewal *of, cihsm_cf *cf, const cihsm_value *row, cihsm_error *err)
{
    const char *name = cihsm_value_get_string(row, "name");
    const char *instance = cihsm_value_get_string(row, "instance");
    int64_t wait_s = 0;
    CLI_TRY(cli_confirm(of->env, err,
                        "the old service key \"%.100s\" of service instance \"%.100s\" is deleted, "
                        "its certificate logs in no longer; go on?",
                        name, instance));
    CLI_TRY(cli_wait_option(of->env, &wait_s, err));
    CLI_TRY(renewal_set(of, "oldGuid", cihsm_value_get_string(row, "guid"), err));
    CLI_TRY(renewal_save(of, err));
    CLI_TRY(cihsm_cf_delete_key(cf, row, wait_s, err));
    cli_note("old service key \"%s\" of service instance \"%s\" deleted", name, instance);
    return CIHSM_OK;
}

cihsm_status renewal_retire(renewal *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_cf_free) cihsm_cf *cf = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *rows = NULL;
    const cihsm_value *old = NULL;
    if (!cli_has(of->env, "retire")) {
        renewal_wait(of,
                     "once nobody else uses the old service key: cihsm service-key renew --profile "
                     "%s --retire",
                     renewal_get(of, "profile"));
        return CIHSM_OK;
    }
    CLI_TRY(cli_cf_open(of->env, &cf, err));
    CLI_TRY(find_old(of, cf, &rows, &old, err));
    if (old == NULL) {
        CLI_TRY(check_gone(of, cf, rows, err));
        cli_note("the old service key is in no service instance any more");
        return CIHSM_OK;
    }
    return remove_old(of, cf, old, err);
}
