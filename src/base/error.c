/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/text.h"

typedef struct status_row {
    const char *name;
    const char *text;
    int exit_code;
} status_row;

/* The one table of statuses: name, sentence, exit code (docs/architecture.md, cihsm(1)). */
static const status_row STATUSES[] = {
    [CIHSM_OK] = {"CIHSM_OK", "done", 0},
    [CIHSM_E_ARGUMENT] = {"CIHSM_E_ARGUMENT", "wrong argument", 1},
    [CIHSM_E_NO_MEMORY] = {"CIHSM_E_NO_MEMORY", "out of memory", 1},
    [CIHSM_E_STATE] = {"CIHSM_E_STATE", "not possible in this state", 1},
    [CIHSM_E_USAGE] = {"CIHSM_E_USAGE", "wrong usage", 2},
    [CIHSM_E_CONFIG] = {"CIHSM_E_CONFIG", "configuration or local file", 3},
    [CIHSM_E_PIN] = {"CIHSM_E_PIN", "PIN", 4},
    [CIHSM_E_TOKEN] = {"CIHSM_E_TOKEN", "token", 5},
    [CIHSM_E_TLS] = {"CIHSM_E_TLS", "TLS", 6},
    [CIHSM_E_NETWORK] = {"CIHSM_E_NETWORK", "network", 6},
    [CIHSM_E_TIMEOUT] = {"CIHSM_E_TIMEOUT", "timeout", 12},
    [CIHSM_E_BUSY] = {"CIHSM_E_BUSY", "locked or rate limit", 12},
    [CIHSM_E_REFUSED] = {"CIHSM_E_REFUSED", "refused", 7},
    [CIHSM_E_NOT_FOUND] = {"CIHSM_E_NOT_FOUND", "not found", 8},
    [CIHSM_E_CONFLICT] = {"CIHSM_E_CONFLICT", "conflict", 9},
    [CIHSM_E_REJECTED] = {"CIHSM_E_REJECTED", "request not accepted", 1},
    [CIHSM_E_SERVER] = {"CIHSM_E_SERVER", "server error", 10},
    [CIHSM_E_PROTOCOL] = {"CIHSM_E_PROTOCOL", "bad answer", 11},
    [CIHSM_E_LIMIT] = {"CIHSM_E_LIMIT", "limit reached", 11},
    [CIHSM_E_CHECK] = {"CIHSM_E_CHECK", "check failed", 13},
    [CIHSM_E_CANCELED] = {"CIHSM_E_CANCELED", "canceled", 1},
    [CIHSM_E_IO] = {"CIHSM_E_IO", "input or output", 1},
    [CIHSM_E_INTERNAL] = {"CIHSM_E_INTERNAL", "internal error", 1},
};

static const status_row *row_of(cihsm_status status)
{
    const size_t at = (size_t)status;
    return &STATUSES[at < sizeof STATUSES / sizeof *STATUSES ? at : CIHSM_E_INTERNAL];
}

const char *cihsm_status_name(cihsm_status status)
{
    return row_of(status)->name;
}

const char *cihsm_status_text(cihsm_status status)
{
    return row_of(status)->text;
}

int cihsm_status_exit_code(cihsm_status status)
{
    return row_of(status)->exit_code;
}

CIHSM_PRINTF(5, 0)
static cihsm_status fail_v(cihsm_error *err, cihsm_status status, cihsm_origin origin,
                           unsigned long native, const char *format, va_list args)
{
    if (err == NULL || err->status != CIHSM_OK) {
        return status;
    }
    char plain[CIHSM_ERROR_MESSAGE_MAX];
    const int length = vsnprintf(plain, sizeof plain, format, args);
    if (length >= (int)sizeof plain) {
        memcpy(plain + sizeof plain - 4, "...", 4);
    }
    text_escape(err->message, sizeof err->message, plain, strlen(plain));
    err->status = status;
    err->origin = origin;
    err->native = native;
    return status;
}

cihsm_status(cihsm_fail)(cihsm_error *err, cihsm_status status, cihsm_origin origin,
                         unsigned long native, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_v(err, status, origin, native, format, args);
    va_end(args);
    return status;
}

cihsm_status cihsm_error_set(cihsm_error *err, cihsm_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_v(err, status, CIHSM_FROM_LIBRARY, 0, format, args);
    va_end(args);
    return status;
}

/* Where the general advice begins: behind the path, which stands in parentheses, or else it is the
 * last clause. */
static size_t said_len(const char *message)
{
    const char *last = NULL;
    for (const char *at = strstr(message, "); "); at != NULL; at = strstr(at + 1, "); ")) {
        last = at + 1;
    }
    last = last == NULL ? strrchr(message, ';') : last;
    return last == NULL ? strlen(message) : (size_t)(last - message);
}

cihsm_status(error_advise)(cihsm_error *err, cihsm_status status, const char *format, ...)
{
    char advice[CIHSM_ERROR_MESSAGE_MAX];
    const cihsm_error said = *err;
    const size_t kept = said_len(said.message);
    va_list args;
    va_start(args, format);
    vsnprintf(advice, sizeof advice, format, args);
    va_end(args);
    *err = (cihsm_error){0};
    return cihsm_fail(err, status, said.origin, said.native, "%.*s; %s", (int)kept, said.message,
                      advice);
}

cihsm_status(cihsm_fail_memory)(cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_NO_MEMORY, "out of memory");
}

cihsm_status(cihsm_fail_errno)(cihsm_error *err, cihsm_status status, int number,
                               const char *format, ...)
{
    char text[CIHSM_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return cihsm_fail(err, status, CIHSM_FROM_SYSTEM, (unsigned long)number, "%s: %s", text,
                      strerrordesc_np(number));
}

cihsm_status(cihsm_fail_openssl)(cihsm_error *err, cihsm_status status, const char *format, ...)
{
    char text[CIHSM_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    const unsigned long code = ERR_peek_error();
    const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);
    ERR_clear_error();
    return cihsm_fail(err, status, CIHSM_FROM_OPENSSL, code, "%s%s%s", text,
                      reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
}

void cihsm_error_clear(cihsm_error *err)
{
    if (err != NULL) {
        *err = (cihsm_error){0};
    }
}
