/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/color.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/settings.h"

enum { NOTE_MAX = 8192 };

cihsm_status(cli_fail)(cihsm_error *err, cihsm_status status, const char *format, ...)
{
    if (err->status == CIHSM_OK) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        err->status = status;
        err->origin = CIHSM_FROM_LIBRARY;
        err->native = 0;
    }
    return status;
}

void cli_fail_add(cihsm_error *err, const char *words)
{
    const size_t len = strlen(err->message);
    if (len + sizeof "; " + strlen(words) <= sizeof err->message) {
        snprintf(err->message + len, sizeof err->message - len, "; %s", words);
    }
}

/* {"error":{...}}; NULL when memory is out, then the plain line is printed. */
static cihsm_value *error_value(const cihsm_error *err)
{
    cihsm_error ignored = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *body = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *root = cihsm_value_new_object();
    if (body == NULL || root == NULL ||
        cihsm_value_set_string(body, "status", cihsm_status_name(err->status), &ignored) ||
        cihsm_value_set_number(body, "exit_code", cihsm_status_exit_code(err->status), &ignored) ||
        cihsm_value_set_string(body, "message", err->message, &ignored)) {
        return NULL;
    }
    if (err->origin == CIHSM_FROM_HTTP &&
        cihsm_value_set_number(body, "http_status", (double)err->native, &ignored)) {
        return NULL;
    }
    if (cihsm_value_set(root, "error", &body, &ignored)) {
        return NULL;
    }
    return CIHSM_MOVE(root);
}

static cihsm_status write_stderr(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    (void)user;
    (void)err;
    return fwrite(bytes, 1, len, stderr) == len ? CIHSM_OK : CIHSM_E_IO;
}

/* One line for the person; the tone is that of its mark. */
static void put_note(cli_tone tone, const char *line)
{
    cli_progress_hide();
    fprintf(stderr, "%scihsm:%s ", cli_color_begin(stderr, tone), cli_color_end(stderr, tone));
    screen_put_line(stderr, line);
    cli_progress_show();
}

void cli_report_error(const cli_env *env, const cihsm_error *err)
{
    cihsm_error ignored = {0};
    cli_format format = CLI_TABLE;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    if (cli_output_format(env, &format, &ignored) == CIHSM_OK && cli_is_json(format)) {
        value = error_value(err);
    }
    if (value != NULL && cihsm_value_write(value, 0, write_stderr, NULL, &ignored) == CIHSM_OK) {
        fputc('\n', stderr);
        return;
    }
    put_note(CLI_BAD, err->message[0] == '\0' ? cihsm_status_text(err->status) : err->message);
}

void cli_note(const char *format, ...)
{
    char line[NOTE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put_note(CLI_PLAIN, line);
}

static void write_log(void *user, cihsm_log_level level, const char *component, const char *message)
{
    static const char *const LEVELS[] = {"error", "warning", "info", "debug", "trace"};
    (void)user;
    const char *name = LEVELS[level];
    if (level <= CIHSM_LOG_WARN) {
        cli_note("%s: %s", name, message);
    } else {
        cli_note("%s %s: %s", name, component, message);
    }
}

static void add_time(void *user, cihsm_phase phase, long long microseconds)
{
    cli_env *env = user;
    env->times[phase].microseconds += microseconds;
    env->times[phase].times++;
}

static long long clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void cli_log_init(cli_env *env)
{
    const size_t more = cli_times(env, "verbose");
    const size_t level = CIHSM_LOG_WARN + (more > 3 ? 3 : more);
    env->log = (cihsm_log){.write = write_log, .user = env, .level = (cihsm_log_level)level};
    if (cli_has(env, "timing")) {
        env->log.timed = add_time;
        env->start_us = clock_us();
    }
}

typedef struct phase_words {
    const char *name;
    const char *one; /* what is counted */
    const char *more;
} phase_words;

static const phase_words PHASES[CIHSM_PHASE_COUNT] = {
    [CIHSM_PHASE_MODULE] = {"module", "call", ""},
    [CIHSM_PHASE_LOGIN] = {"login", "call", ""},
    [CIHSM_PHASE_FIND] = {"find", "call", ""},
    [CIHSM_PHASE_SIGN] = {"sign", "call", ""},
    [CIHSM_PHASE_TOKEN] = {"token", "call", ""},
    [CIHSM_PHASE_CONNECT] = {"connect", "connection", ""},
    [CIHSM_PHASE_TLS] = {"TLS", "connection", ", the signature included"},
    [CIHSM_PHASE_HTTP] = {"HTTP", "request", ""},
    [CIHSM_PHASE_WAIT] = {"wait", "pause", ""},
};

void cli_report_time(const cli_env *env)
{
    if (env->log.timed == NULL) {
        return;
    }
    for (size_t i = 0; i < CIHSM_PHASE_COUNT; i++) {
        const cli_time *spent = &env->times[i];
        const phase_words *words = &PHASES[i];
        if (spent->times > 0) {
            cli_note("time: %-8s %9.2f ms, %lu %s%s%s", words->name,
                     (double)spent->microseconds / 1000.0, spent->times, words->one,
                     spent->times == 1 ? "" : "s", words->more);
        }
    }
    cli_note("time: in all   %9.2f ms", (double)(clock_us() - env->start_us) / 1000.0);
}
