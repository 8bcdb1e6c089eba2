/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/text.h"

/* What follows one of these is masked up to the next delimiter of its row. */
static const struct {
    const char *before;
    const char *until;
} MASKED[] = {
    {"pin-value=", "&; \"'"},     {"pin=", "&; \"'"},          {"password=", "&; \"'"},
    {"client_secret=", "&; \"'"}, {"\"clientsecret\":", ",}"}, {"\"access_token\":", ",}"},
    {"Bearer ", " \"',;"},        {"Basic ", " \"',;"},        {"Cookie: ", ""},
    {"X-CSRF-Token: ", " \"',;"}, {"PRIVATE KEY-----", ""},
};

static void mask(char *line)
{
    for (size_t i = 0; i < sizeof MASKED / sizeof *MASKED; i++) {
        char *from = line;
        while ((from = strcasestr(from, MASKED[i].before)) != NULL) {
            from += strlen(MASKED[i].before);
            const size_t secret = strcspn(from, MASKED[i].until);
            const size_t kept = secret < 3 ? secret : 3;
            memset(from, '*', kept); /* the length says nothing either */
            memmove(from + kept, from + secret, strlen(from + secret) + 1);
        }
    }
}

bool log_wants(const cihsm_log *log, cihsm_log_level level)
{
    return log != NULL && log->write != NULL && level <= log->level;
}

void log_line(const cihsm_log *log, cihsm_log_level level, const char *component,
              const char *format, ...)
{
    if (!log_wants(log, level)) {
        return;
    }
    char plain[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(plain, sizeof plain, format, args);
    va_end(args);
    mask(plain);
    char line[sizeof plain];
    text_escape(line, sizeof line, plain, strlen(plain));
    log->write(log->user, level, component, line);
}

void log_timed(const cihsm_log *log, cihsm_phase phase, long long microseconds)
{
    if (log != NULL && log->timed != NULL) {
        log->timed(log->user, phase, microseconds);
    }
}

long long log_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
