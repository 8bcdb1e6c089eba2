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

#include "cli/progress.h"
#include "cli/refusals.h"
#include "cli/report.h"
#include "cli/settings.h"

enum { PIN_MAX = 256, PROMPT_MAX = 256 };

static volatile sig_atomic_t is_suspended;

static void suspend(int number)
{
    (void)number;
    is_suspended = 1;
}

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

/* Echo is off only between the two calls of tcsetattr, whatever signal comes: each ends the read
 * (cli/signals). */
static ssize_t read_silently(int terminal, char *line, size_t size)
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return -1;
    }
    struct sigaction old;
    const struct sigaction catching = {.sa_handler = suspend}; /* no SA_RESTART: ends read */
    is_suspended = 0;
    sigaction(SIGTSTP, &catching, &old);
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(terminal, TCSAFLUSH, &silent);
    const ssize_t len = read_line(terminal, line, size);
    tcsetattr(terminal, TCSAFLUSH, &before);
    sigaction(SIGTSTP, &old, NULL);
    if (write(terminal, "\n", 1) < 0) {
        raise(SIGHUP);
    }
    if (is_suspended) {
        raise(SIGTSTP);
    }
    return len;
}

/* A kind of PIN: where it comes from and how a person is asked. */
typedef struct pin_role {
    const char *setting;
    const char *name;
    const char *prompt;
    bool is_new; /* no token knows it yet: a typing error would be found too late */
} pin_role;

static const pin_role ROLES[] = {
    [CIHSM_PIN_USER] = {"pin-source", "PIN", "PIN", false},
    [CIHSM_PIN_OFFICER] = {"so-pin-source", "security officer PIN", "Security officer PIN", false},
    [CIHSM_PIN_NEW_USER] = {"new-pin-source", "new PIN", "New PIN", true},
    [CIHSM_PIN_NEW_OFFICER] = {"so-pin-source", "new security officer PIN",
                               "New security officer PIN", true},
};

/* One line as it was typed; wipe it. */
typedef struct typed_pin {
    char line[PIN_MAX + 1];
    ssize_t len;
} typed_pin;

static void typed_pin_wipe(typed_pin *pin)
{
    explicit_bzero(pin, sizeof *pin);
}

static void terminal_close(int *terminal)
{
    if (*terminal >= 0) {
        close(*terminal);
    }
}

static void type_line(int terminal, const char *prompt, typed_pin *out)
{
    cli_progress_hide();
    dprintf(terminal, "%s: ", prompt);
    out->len = read_silently(terminal, out->line, sizeof out->line);
    cli_progress_show();
}

static cihsm_status type_pin(int terminal, const char *prompt, typed_pin *out, cihsm_error *err)
{
    type_line(terminal, prompt, out);
    return out->len > 0 ? CIHSM_OK
                        : cli_fail(err, CIHSM_E_CANCELED, "no PIN was typed, so nothing was done");
}

static cihsm_status type_again(int terminal, const typed_pin *first, cihsm_error *err)
{
    CIHSM_AUTO(typed_pin_wipe) typed_pin second = {.len = 0};
    CLI_TRY(type_pin(terminal, "The same again", &second, err));
    if (second.len != first->len || memcmp(second.line, first->line, (size_t)first->len) != 0) {
        return cli_fail(err, CIHSM_E_PIN, "the two PINs differ, so nothing was done; try again");
    }
    return CIHSM_OK;
}

static void make_prompt(const pin_role *role, const cihsm_pin_request *request, char *out,
                        size_t size)
{
    if (request->token_label[0] == '\0') {
        snprintf(out, size, "%s of the token", role->prompt);
        return;
    }
    snprintf(out, size, "%s%s of token \"%s\" (serial %s)",
             request->final_try   ? "This is the last try before the token locks.\n"
             : request->count_low ? "A wrong PIN was given before.\n"
                                  : "",
             role->prompt, request->token_label, request->token_serial);
}

static cihsm_status ask_terminal(const pin_role *role, const cihsm_pin_request *request,
                                 cihsm_secret **out, cihsm_error *err)
{
    CIHSM_AUTO(terminal_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        const char *label = request->token_label; /* empty before a token is initialised */
        return cli_fail(err, CIHSM_E_PIN,
                        "the %s%s%s%s is needed and there is no terminal to ask at: use --%s "
                        "file:PATH, fd:N, env:NAME or cred:NAME",
                        role->name, label[0] == '\0' ? "" : " of token \"", label,
                        label[0] == '\0' ? "" : "\"", role->setting);
    }
    char prompt[PROMPT_MAX];
    make_prompt(role, request, prompt, sizeof prompt);
    CIHSM_AUTO(typed_pin_wipe) typed_pin pin = {.len = 0};
    CLI_TRY(type_pin(terminal, prompt, &pin, err));
    if (role->is_new) {
        CLI_TRY(type_again(terminal, &pin, err));
    }
    return cihsm_secret_new(pin.line, (size_t)pin.len, out, err);
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
    if (forbade_dumps && !cihsm_token_is_stuck()) {
        (void)prctl(PR_SET_DUMPABLE, 1);
        forbade_dumps = false;
    }
}

static cihsm_status type_secret(const char *name, cihsm_secret **out, cihsm_error *err)
{
    CIHSM_AUTO(terminal_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "there is no terminal to ask for %.80s at: use file:PATH, fd:N, env:NAME "
                        "or cred:NAME",
                        name);
    }
    char prompt[PROMPT_MAX];
    snprintf(prompt, sizeof prompt, "%.80s", name);
    CIHSM_AUTO(typed_pin_wipe) typed_pin typed = {.len = 0};
    type_line(terminal, prompt, &typed);
    if (typed.len <= 0 || typed.len >= PIN_MAX) {
        return cli_fail(err, CIHSM_E_CANCELED, "%s typed for %.80s, so nothing was done",
                        typed.len <= 0 ? "nothing was" : "more than 255 bytes were", name);
    }
    return cihsm_secret_new(typed.line, (size_t)typed.len, out, err);
}

cihsm_status cli_secret_read(const char *source, const char *name, cihsm_secret **out,
                             cihsm_error *err)
{
    forbid_dumps();
    return strcmp(source, "prompt") == 0 ? type_secret(name, out, err)
                                         : cihsm_secret_read(source, name, out, err);
}

/* By kind of PIN, as they were when it was read. */
static cli_source_id source_ids[sizeof ROLES / sizeof *ROLES];
static cli_offer offer; /* the library makes one at a time */
static long token_timeout_ms;

/* A security officer PIN that is set is used right after. */
static cli_source_id *source_id(cihsm_pin_kind kind)
{
    return &source_ids[kind == CIHSM_PIN_NEW_OFFICER ? CIHSM_PIN_OFFICER : kind];
}

static cihsm_status get_pin(void *user, const cihsm_pin_request *request, cihsm_secret **out,
                            cihsm_error *err)
{
    const cli_env *env = user;
    const pin_role *role = &ROLES[request->kind];
    const char *source = cli_setting(env, role->setting);
    forbid_dumps();
    if (source == NULL || strcmp(source, "prompt") == 0) {
        return ask_terminal(role, request, out, err);
    }
    *source_id(request->kind) = cli_source_identify(source);
    return cihsm_pin_read(source, out, err);
}

/* A person who types knows what the token said. */
static bool is_guarded(const cihsm_pin_request *request)
{
    return !ROLES[request->kind].is_new && source_id(request->kind)->text[0] != '\0';
}

static cihsm_status offer_pin(void *user, const cihsm_pin_request *request, cihsm_error *err)
{
    return is_guarded(request)
               ? cli_refusals_offer(request, cli_setting(user, ROLES[request->kind].setting),
                                    source_id(request->kind), token_timeout_ms, &offer, err)
               : CIHSM_OK;
}

static void hear_verdict(void *user, const cihsm_pin_request *request, cihsm_pin_verdict verdict)
{
    const cli_source_id *id = source_id(request->kind);
    (void)user;
    if (is_guarded(request)) {
        cli_refusals_resolve(&offer, request, id, verdict);
    } else if (verdict == CIHSM_PIN_TAKEN) {
        cli_refusals_taken(request, id->text[0] == '\0' ? NULL : id);
    }
}

static bool is_secret_source(const char *source)
{
    static const char *const KINDS[] = {"file:", "fd:", "env:", "cred:"};
    bool known = strcmp(source, "prompt") == 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS && !known; i++) {
        known = strncmp(source, KINDS[i], strlen(KINDS[i])) == 0;
    }
    return known;
}

/* The source is not repeated: it may be the secret itself. */
cihsm_status cli_pin_check_source(const char *source, cihsm_error *err)
{
    return strcmp(source, "pinpad") == 0 || is_secret_source(source)
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE,
                          "pin-source is none of prompt, pinpad, file:PATH, fd:N, env:NAME, "
                          "cred:NAME");
}

cihsm_status cli_secret_check_source(const char *setting, const char *source, cihsm_error *err)
{
    return is_secret_source(source)
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_USAGE,
                          "%s is none of prompt, file:PATH, fd:N, env:NAME, cred:NAME", setting);
}

cihsm_status cli_pin_config(cli_env *env, cihsm_token_config *out, cihsm_error *err)
{
    const char *source = cli_setting(env, "pin-source");
    out->pin = get_pin;
    out->pin_offer = offer_pin;
    out->pin_verdict = hear_verdict;
    out->pin_user = env;
    out->pinpad = source != NULL && strcmp(source, "pinpad") == 0;
    token_timeout_ms = out->timeout_ms;
    return source == NULL ? CIHSM_OK : cli_pin_check_source(source, err);
}

cihsm_status cli_pin_config_admin(cli_env *env, const char *const *settings,
                                  cihsm_token_config *out, cihsm_error *err)
{
    size_t at_token = 0;
    size_t count = 0;
    for (; settings[count] != NULL; count++) {
        const char *source = cli_setting(env, settings[count]);
        if (source != NULL) {
            CLI_TRY(cli_pin_check_source(source, err));
            at_token += strcmp(source, "pinpad") == 0;
        }
    }
    if (at_token != 0 && at_token != count) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "\"pinpad\" is for all PINs of a command or for none: --%s and --%s",
                        settings[0], settings[1]);
    }
    out->pinpad = at_token > 0;
    return CIHSM_OK;
}
