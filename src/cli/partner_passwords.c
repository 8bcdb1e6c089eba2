/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/partner_passwords.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/assignment.h"
#include "cli/pin.h"
#include "cli/report.h"

void cli_partner_passwords_free(cli_partner_passwords *of)
{
    for (size_t i = 0; i < of->count; i++) {
        cihsm_secret_free(&of->secrets[i]);
        free(of->names[i]);
    }
    free(of->items);
    free(of->secrets);
    free(of->names);
}

static cihsm_status read_password(const cihsm_partner_folder *folder, const char *text,
                                  cli_partner_passwords *to, cihsm_error *err)
{
    cli_assignment given;
    char what[200];
    CLI_TRY(cli_assignment_read("password-source", text, &given, err));
    const size_t at = to->count;
    char *name = to->names[at] = strdup(given.name);
    char *slash = name == NULL ? NULL : strchr(name, '/');
    to->count++;
    if (slash == NULL) {
        return name == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory")
                            : cli_fail(err, CIHSM_E_USAGE,
                                       "--password-source is PARTNER/ID=SRC: there is no \"/\"");
    }
    *slash = '\0';
    if (!cihsm_partner_folder_has_credential(folder, name, slash + 1)) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--password-source names the credential \"%.80s\" of \"%.80s\", which the "
                        "folder has not",
                        slash + 1, name);
    }
    snprintf(what, sizeof what, "password of %.80s/%.80s", name, slash + 1);
    CLI_TRY(cli_secret_read(given.value, what, &to->secrets[at], err));
    to->items[at] = (cihsm_partner_password){name, slash + 1, to->secrets[at]};
    return CIHSM_OK;
}

cihsm_status cli_partner_passwords_read(const cli_env *env, const cihsm_partner_folder *folder,
                                        cli_partner_passwords *out, cihsm_error *err)
{
    const size_t times = cli_times(env, "password-source");
    out->items = calloc(times + 1, sizeof *out->items);
    out->secrets = calloc(times + 1, sizeof(cihsm_secret *));
    out->names = calloc(times + 1, sizeof(char *));
    if (out->items == NULL || out->secrets == NULL || out->names == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < times; i++) {
        CLI_TRY(read_password(folder, cli_value_at(env, "password-source", i), out, err));
    }
    return CIHSM_OK;
}
