/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the newest messages that failed: their id, when they ended, and the flow.
 *
 *   failed_messages SPAN COUNT [FILTER]
 *
 *   failed_messages 24h 10                           the last ten of a day
 *   failed_messages 7d 5000 "Status eq 'RETRY'"      others than the failed ones
 *
 * Tenant, certificate and token come from the environment: CIHSM_SERVICE_KEY, CIHSM_CHAIN,
 * CIHSM_CA, CIHSM_MODULE, CIHSM_TOKEN, CIHSM_KEY, and CIHSM_PIN_SOURCE, which names where the PIN
 * is (file:PATH), never the PIN. Ends with the exit codes of the command line.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cihsm/cihsm.h"

/* What the person wants. */
typedef struct wish {
    const char *span;
    long count;
    const char *filter;
} wish;

static cihsm_status open_client(cihsm_client **out, cihsm_error *err)
{
    const cihsm_client_config config = {
        .service_key = getenv("CIHSM_SERVICE_KEY"),
        .chain = getenv("CIHSM_CHAIN"),
        .ca = getenv("CIHSM_CA"),
        .key = getenv("CIHSM_KEY"),
        .token.module = getenv("CIHSM_MODULE"),
        .token.uri = getenv("CIHSM_TOKEN"),
        .token.pin = cihsm_pin_from_source,
        .token.pin_user = getenv("CIHSM_PIN_SOURCE"),
    };
    return cihsm_client_open(&config, out, err);
}

/* A text of an entry; "a.b" is the member b of the member a. */
static const char *text_at(const cihsm_value *entry, const char *name)
{
    const char *text = cihsm_value_string(cihsm_value_at(entry, name));
    return text == NULL ? "-" : text;
}

/* The pages of the server are followed on the way. Leaving early is fine at any entry: freeing the
 * result ends the transfer. */
static cihsm_status print_entries(cihsm_result *result, long count, cihsm_error *err)
{
    for (long printed = 0; printed < count; printed++) {
        const cihsm_value *entry = NULL;
        const cihsm_status status = cihsm_result_next_entry(result, &entry, err);
        if (status != CIHSM_OK || entry == NULL) {
            return status;
        }
        printf("%s  %s  %s\n", text_at(entry, "MessageGuid"), text_at(entry, "LogEnd"),
               text_at(entry, "IntegrationArtifact.Name"));
    }
    return CIHSM_OK;
}

static cihsm_status run(const wish *wish, cihsm_error *err)
{
    cihsm_window window = CIHSM_WINDOW_INIT;
    cihsm_status status =
        cihsm_time_read(wish->span, (int64_t)time(NULL) * 1000, &window.since_ms, err);
    if (status != CIHSM_OK) {
        return status;
    }
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = wish->filter;
    query.window = &window;
    query.select = "MessageGuid,LogEnd,IntegrationArtifact";
    query.orderby = "LogEnd desc";

    /* Freed in reverse order when the function ends: the result, then its client. */
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    status = open_client(&client, err);
    if (status == CIHSM_OK) {
        status = cihsm_client_stream(client, "MessageProcessingLogs", &query, NULL, &result, err);
    }
    return status == CIHSM_OK ? print_entries(result, wish->count, err) : status;
}

int main(int argc, char **argv)
{
    const wish wish = {
        .span = argc > 1 ? argv[1] : "",
        .count = argc > 2 ? strtol(argv[2], NULL, 10) : 0,
        .filter = argc > 3 ? argv[3] : "Status eq 'FAILED'",
    };
    if (argc > 4 || wish.count <= 0) {
        fputs("usage: failed_messages SPAN COUNT [FILTER]\n", stderr);
        return cihsm_status_exit_code(CIHSM_E_USAGE);
    }
    signal(SIGPIPE, SIG_IGN); /* a lost connection is an error, not the end of the program */

    cihsm_error err = {0};
    const cihsm_status status = run(&wish, &err);
    if (status != CIHSM_OK) {
        fprintf(stderr, "failed_messages: %s\n", err.message);
        return cihsm_status_exit_code(status);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("failed_messages: cannot write the output\n", stderr);
        return cihsm_status_exit_code(CIHSM_E_IO);
    }
    return 0;
}
