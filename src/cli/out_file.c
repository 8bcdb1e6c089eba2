/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/report.h"
#include "cli/signals.h"

enum { MODE = 0600 }; /* what a tenant tells may be personal data */

static bool has_own_out(const cli_command *command)
{
    for (const cli_option *row = command->options; row != NULL && row->name != NULL; row++) {
        if (strcmp(row->name, "out") == 0) {
            return true;
        }
    }
    return false;
}

cihsm_status cli_out_file(const char *path, cihsm_file **out, cihsm_error *err)
{
    CLI_TRY(cihsm_file_begin(path, MODE, out, err));
    cli_signals_remove(cihsm_file_temporary(*out));
    return CIHSM_OK;
}

cihsm_status cli_out_begin(const cli_env *env, cihsm_file **out, cihsm_error *err)
{
    const char *path = cli_value(env, "out");
    if (path == NULL || has_own_out(env->command)) {
        return CIHSM_OK;
    }
    CIHSM_AUTO(cihsm_file_discard) cihsm_file *file = NULL;
    CLI_TRY(cli_out_file(path, &file, err));
    if (dup2(cihsm_file_descriptor(file), STDOUT_FILENO) < 0) {
        return cli_fail(err, CIHSM_E_IO, "cannot write %s: %s", path, strerror(errno));
    }
    cli_name_stdout(path);
    *out = CIHSM_MOVE(file);
    return CIHSM_OK;
}

cihsm_status cli_out_commit(cihsm_file **out, cihsm_error *err)
{
    CLI_TRY(cli_flush_stdout(err));
    return *out == NULL ? CIHSM_OK : cihsm_file_commit(out, err);
}
