/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/content.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"

enum { SHOWN_MAX = 64 };

/* --- download -------------------------------------------------------------------------------- */

cihsm_status cli_content_open(const cli_env *env, cli_content_target *out, cihsm_error *err)
{
    *out = (cli_content_target){.folder = cli_value(env, "unpack")};
    if (out->folder != NULL && cli_has(env, "out")) {
        return cli_fail(err, CIHSM_E_USAGE, "--out and --unpack cannot go together");
    }
    return value_target_open(env, &out->file, err);
}

static cihsm_status begin_archive(void *user, const cihsm_media *media, cihsm_error *err)
{
    (void)media, (void)err;
    cihsm_archive_clear(user);
    return CIHSM_OK;
}

static cihsm_status keep_archive(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    cli_progress_add(0, len);
    return cihsm_archive_append(user, bytes, len, err);
}

static cihsm_status download_folder(cihsm_client *client, const char *path, const char *folder,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_archive_free) cihsm_archive *archive = NULL;
    CLI_TRY(cihsm_archive_new(&archive, err));
    const cihsm_sink sink = {
        .begin = begin_archive, .write = keep_archive, .user = archive, .is_restartable = true};
    CLI_TRY(cihsm_client_download(client, path, NULL, &sink, err));
    CLI_TRY(cihsm_archive_unpack(archive, folder, err));
    CLI_TRY(cli_print_bytes(folder, strlen(folder), err));
    return cli_print_bytes("\n", 1, err);
}

static cihsm_status download_file(cihsm_client *client, const char *path, value_target *target,
                                  cihsm_error *err)
{
    const cihsm_sink sink = value_target_sink(target);
    CLI_TRY(cihsm_client_download(client, path, NULL, &sink, err));
    return value_target_commit(target, err);
}

cihsm_status cli_content_fetch(cihsm_client *client, const char *path, cli_content_target *to,
                               cihsm_error *err)
{
    cli_progress_begin(NULL);
    return to->folder != NULL ? download_folder(client, path, to->folder, err)
                              : download_file(client, path, &to->file, err);
}

void cli_content_free(cli_content_target *of)
{
    value_target_free(&of->file);
}

/* --- what is sent ---------------------------------------------------------------------------- */

static cihsm_status shorten(const cihsm_request *request, const cli_content_shown *content,
                            cihsm_value **body, cihsm_request *out, cihsm_error *err)
{
    char shown[SHOWN_MAX];
    snprintf(shown, sizeof shown, "(base64 of %s of %zu bytes)", content->what, content->bytes);
    *body = cihsm_value_copy(request->value);
    if (*body == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(*body, content->property, shown, err));
    *out = *request;
    out->value = *body;
    return CIHSM_OK;
}

cihsm_status cli_content_settle(cli_env *env, const cli_write *write,
                                const cli_content_shown *content, bool *is_done, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = NULL;
    cihsm_request shown;
    cli_write settled = *write;
    CLI_TRY(shorten(write->request, content, &body, &shown, err));
    settled.request = &shown;
    return cli_write_settle(env, &settled, is_done, err);
}
