/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/settings.h"

enum { PIN_MAX = 256 };

static volatile sig_atomic_t caught_signal;

static void catch_signal(int number)
{
    caught_signal = number;
}

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

/* Reads up to the end of the line; -1 when a signal or the end of the terminal comes first. */
static ssize_t read_line(int terminal, char *line, size_t size)
{
    size_t len = 0;
    for (;;) {
        const ssize_t got = read(terminal, line + len, 1);
        if (got <= 0) {
            return -1;
        }
        if (line[len] == '\n') {
            return (ssize_t)len;
        }
        len += len + 1 < size;
    }
}

/* Echo is off only between the two calls of tcsetattr, whatever signal comes. */
static ssize_t read_silently(int terminal, char *line, size_t size)
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return -1;
    }
    struct sigaction old[SIGNAL_COUNT];
    const struct sigaction catching = {.sa_handler = catch_signal}; /* no SA_RESTART: ends read */
    caught_signal = 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sigaction(SIGNALS[i], &catching, &old[i]);
    }
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(terminal, TCSAFLUSH, &silent);
    const ssize_t len = read_line(terminal, line, size);
    tcsetattr(terminal, TCSAFLUSH, &before);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sigaction(SIGNALS[i], &old[i], NULL);
    }
    if (write(terminal, "\n", 1) < 0 || caught_signal != 0) {
        raise(caught_signal == 0 ? SIGHUP : caught_signal);
    }
    return len;
}

static cihsm_status ask_terminal(const cihsm_pin_request *request, cihsm_secret **out,
                                 cihsm_error *err)
{
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return cli_fail(err, CIHSM_E_PIN,
                        "the PIN of token \"%s\" is needed and there is no terminal to ask at: use "
                        "--pin-source file:PATH, fd:N, env:NAME or cred:NAME",
                        request->token_label);
    }
    dprintf(terminal, "%sPIN of token \"%s\" (serial %s): ",
            request->final_try   ? "This is the last try before the token locks.\n"
            : request->count_low ? "A wrong PIN was given before.\n"
                                 : "",
            request->token_label, request->token_serial);
    char line[PIN_MAX + 1];
    const ssize_t len = read_silently(terminal, line, sizeof line);
    close(terminal);
    cihsm_status status = CIHSM_OK;
    if (len <= 0) {
        status = cli_fail(err, CIHSM_E_CANCELED, "no PIN was typed, so nothing was done");
    } else {
        status = cihsm_secret_new(line, (size_t)len, out, err);
    }
    explicit_bzero(line, sizeof line);
    return status;
}

static bool forbade_dumps; /* and so has to allow them again */

/* From here on the process holds a PIN: no core dump and no debugger of the same user. */
static void forbid_dumps(void)
{
    forbade_dumps = forbade_dumps || prctl(PR_GET_DUMPABLE) == 1;
    (void)prctl(PR_SET_DUMPABLE, 0);
}

void cli_pin_forgotten(void)
{
    if (forbade_dumps) {
        (void)prctl(PR_SET_DUMPABLE, 1);
        forbade_dumps = false;
    }
}

static cihsm_status get_pin(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                            cihsm_error *err)
{
    const cli_env *env = user;
    const char *source = cli_setting(env, "pin-source");
    forbid_dumps();
    if (source == NULL || strcmp(source, "prompt") == 0) {
        return ask_terminal(request, out, err);
    }
    return cihsm_pin_read(source, out, err);
}

cihsm_status cli_pin_config(cli_env *env, cihsm_token_config *out, cihsm_error *err)
{
    static const char *const KINDS[] = {"file:", "fd:", "env:", "cred:"};
    const char *source = cli_setting(env, "pin-source");
    out->pin = get_pin;
    out->pin_user = env;
    out->pinpad = source != NULL && strcmp(source, "pinpad") == 0;
    bool known = source == NULL || out->pinpad || strcmp(source, "prompt") == 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && !known; i++) {
        known = strncmp(source, KINDS[i], strlen(KINDS[i])) == 0;
    }
    if (!known) {
        /* not repeated: it may be the PIN itself */
        return cli_fail(err, CIHSM_E_USAGE,
                        "pin-source is none of prompt, pinpad, file:PATH, fd:N, env:NAME, "
                        "cred:NAME");
    }
    return CIHSM_OK;
}
