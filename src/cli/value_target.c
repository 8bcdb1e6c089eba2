/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/value_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out_file.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"

#define SHOWN_MAX ((size_t)64 << 20)

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

cihsm_status value_target_open(const cli_env *env, value_target *out, cihsm_error *err)
{
    *out = (value_target){.out = cli_value(env, "out")};
    if (out->out == NULL) {
        out->is_terminal = isatty(STDOUT_FILENO) == 1;
        return CIHSM_OK;
    }
    const size_t len = strlen(out->out);
    out->is_folder = is_folder(out->out);
    if (!out->is_folder && (len == 0 || out->out[len - 1] == '/')) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--out \"%.200s\": there is no such folder; make it first", out->out);
    }
    return CIHSM_OK;
}

/* --- a file ------------------------------------------------------------------------------- */

/* The tenant chose the name, so nothing is replaced by it. */
static cihsm_status choose_path(value_target *of, const char *name, cihsm_error *err)
{
    const size_t len = strlen(of->out);
    const char *slash = of->out[len - 1] == '/' ? "" : "/";
    struct stat status;
    if (asprintf(&of->path, "%s%s%s", of->out, slash, name) < 0) {
        of->path = NULL;
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    if (lstat(of->path, &status) == 0) {
        return cli_fail(err, CIHSM_E_IO,
                        "%s exists already: give --out with that file to replace it, or with "
                        "another name",
                        of->path);
    }
    return CIHSM_OK;
}

static cihsm_status begin_file(void *user, const cihsm_media *media, cihsm_error *err)
{
    value_target *of = user;
    if (of->file != NULL) {
        return cihsm_file_restart(of->file, err);
    }
    if (of->is_folder) {
        CLI_TRY(choose_path(of, media->name, err));
    }
    return cli_out_file(of->is_folder ? of->path : of->out, &of->file, err);
}

static cihsm_status write_file(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    value_target *of = user;
    cli_progress_add(0, len);
    return cihsm_file_append(of->file, bytes, len, err);
}

static cihsm_status commit_file(value_target *of, cihsm_error *err)
{
    CLI_TRY(cihsm_file_commit(&of->file, err));
    if (!of->is_folder) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_print_bytes(of->path, strlen(of->path), err));
    return cli_print_bytes("\n", 1, err);
}

/* --- a pipe ------------------------------------------------------------------------------- */

static cihsm_status begin_pipe(void *user, const cihsm_media *media, cihsm_error *err)
{
    (void)user, (void)media, (void)err;
    return CIHSM_OK;
}

static cihsm_status write_pipe(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    cli_progress_add(0, len);
    return cli_write_stdout(user, bytes, len, err);
}

/* --- a terminal --------------------------------------------------------------------------- */

static cihsm_status refuse_binary(cihsm_error *err)
{
    return cli_fail(err, CIHSM_E_USAGE,
                    "the value is binary, which a terminal cannot show: give --out FILE, or --out "
                    "DIR/ for the tenant's name of it");
}

static cihsm_status begin_text(void *user, const cihsm_media *media, cihsm_error *err)
{
    (void)media, (void)err;
    value_target *of = user;
    of->text_len = 0;
    return CIHSM_OK;
}

static cihsm_status keep_text(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    value_target *of = user;
    cli_progress_add(0, len);
    if (memchr(bytes, '\0', len) != NULL) {
        return refuse_binary(err);
    }
    if (len > SHOWN_MAX - of->text_len) {
        return cli_fail(err, CIHSM_E_LIMIT,
                        "the value is larger than %zu MiB, too much for a terminal: give --out "
                        "FILE",
                        SHOWN_MAX >> 20);
    }
    char *grown = realloc(of->text, of->text_len + len + 1);
    if (grown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    of->text = grown;
    memcpy(of->text + of->text_len, bytes, len);
    of->text_len += len;
    of->text[of->text_len] = '\0';
    return CIHSM_OK;
}

static cihsm_status show_text(const value_target *of, cihsm_error *err)
{
    if (of->text_len == 0) {
        return CIHSM_OK;
    }
    if (mbstowcs(NULL, of->text, 0) == (size_t)-1) { /* no UTF-8 */
        return refuse_binary(err);
    }
    cli_progress_end();
    CLI_TRY(cli_csv_writer()(NULL, of->text, of->text_len, err));
    return of->text[of->text_len - 1] == '\n' ? CIHSM_OK : cli_print_bytes("\n", 1, err);
}

/* ------------------------------------------------------------------------------------------ */

cihsm_sink value_target_sink(value_target *of)
{
    if (of->out != NULL) {
        return (cihsm_sink){
            .begin = begin_file, .write = write_file, .user = of, .is_restartable = true};
    }
    if (of->is_terminal) {
        return (cihsm_sink){
            .begin = begin_text, .write = keep_text, .user = of, .is_restartable = true};
    }
    return (cihsm_sink){.begin = begin_pipe, .write = write_pipe, .user = of};
}

cihsm_status value_target_commit(value_target *of, cihsm_error *err)
{
    if (of->out != NULL) {
        return commit_file(of, err);
    }
    return of->is_terminal ? show_text(of, err) : CIHSM_OK;
}

void value_target_free(value_target *of)
{
    cihsm_file_discard(&of->file);
    free(of->path);
    free(of->text);
    *of = (value_target){0};
}
