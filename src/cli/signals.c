/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/settings.h"

/* Some send a signal twice: to the process, then to its group, as timeout(1) does; a terminal that
 * is closed and its shell. Nobody types so fast. */
#define TWICE_MS 500
#define NUDGE_NS 100000000

static const struct {
    int number;
    const char *name;
} SIGNALS[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}, {SIGQUIT, "SIGQUIT"}};
enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

/* All that the handler sees; set before a handler is. */
static cihsm_cancel *cancel;
static timer_t nudges;
static atomic_int caught;
static atomic_llong caught_ms;
static char partial[CLI_PATH_MAX];
static atomic_bool has_partial;

static long long steady_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void end_at_once(int number)
{
    if (atomic_load(&has_partial)) {
        unlink(partial);
    }
    _exit(128 + number);
}

/* Only calls that are safe in a handler. */
static void handle(int number)
{
    static const struct itimerspec often = {{0, NUDGE_NS}, {0, NUDGE_NS}};
    const int before = errno;
    int none = 0;
    if (atomic_compare_exchange_strong(&caught, &none, number)) {
        atomic_store(&caught_ms, steady_ms());
        cihsm_cancel_request(cancel);
        (void)timer_settime(nudges, 0, &often, NULL);
    } else if (steady_ms() - atomic_load(&caught_ms) >= TWICE_MS) {
        end_at_once(number);
    }
    errno = before;
}

static void nudge(int number)
{
    (void)number; /* it came to interrupt a call */
}

/* No SA_RESTART: a program that waits for a person, a pipe or its input is to go on and end. A
 * signal may come right before such a call, so nudges follow it. */
static cihsm_status prepare_nudges(cihsm_error *err)
{
    const struct sigaction action = {.sa_handler = nudge};
    struct sigevent alarms = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    if (sigaction(SIGALRM, &action, NULL) != 0 ||
        timer_create(CLOCK_MONOTONIC, &alarms, &nudges) != 0) {
        return cli_fail(err, CIHSM_E_INTERNAL, "cannot make a timer: %s", strerror(errno));
    }
    return CIHSM_OK;
}

static void take_signals(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sigaddset(&action.sa_mask, SIGNALS[i].number);
    }
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction old;
        if (sigaction(SIGNALS[i].number, NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            (void)sigaction(SIGNALS[i].number, &action, NULL);
        }
    }
}

cihsm_status cli_signals_begin(cihsm_error *err)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    CLI_TRY(cihsm_cancel_new(&cancel, err));
    CLI_TRY(prepare_nudges(err));
    take_signals();
    return CIHSM_OK;
}

cihsm_cancel *cli_signals_cancel(void)
{
    return cancel;
}

int cli_signals_caught(void)
{
    return atomic_load(&caught);
}

const char *cli_signals_name(void)
{
    const int number = cli_signals_caught();
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (SIGNALS[i].number == number) {
            return SIGNALS[i].name;
        }
    }
    return "no signal";
}

int cli_signals_exit_code(cihsm_status status)
{
    const int number = cli_signals_caught();
    return status == CIHSM_OK || status == CIHSM_E_CHECK || number == 0
               ? cihsm_status_exit_code(status)
               : 128 + number;
}

void cli_signals_remove(const char *path)
{
    atomic_store(&has_partial, false);
    snprintf(partial, sizeof partial, "%s", path);
    atomic_store(&has_partial, true);
}

bool cli_signals_wait_ms(int64_t milliseconds)
{
    const long long end_ms = steady_ms() + milliseconds;
    struct pollfd ended = {.fd = cihsm_cancel_descriptor(cancel), .events = POLLIN};
    for (long long left_ms = milliseconds; left_ms > 0 && cli_signals_caught() == 0;
         left_ms = end_ms - steady_ms()) {
        (void)poll(&ended, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
    }
    return cli_signals_caught() == 0;
}

cihsm_status cli_signals_check(cihsm_error *err)
{
    return cli_signals_caught() == 0 ? CIHSM_OK
                                     : cli_fail(err, CIHSM_E_CANCELED, "nothing was done");
}
