/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/message_options - which messages: the options that the commands of the group share.
 */
#ifndef CLI_MESSAGE_OPTIONS_H
#define CLI_MESSAGE_OPTIONS_H

#include "cli/query_options.h"

#define CLI_MESSAGE_SET "MessageProcessingLogs"
#define CLI_MESSAGE_COLUMNS "LogEnd,Status,MessageGuid,IntegrationFlowName,Sender,Receiver"

/* Rows of an option table: where a message comes from and goes to. */
#define CLI_MESSAGE_PLACE_OPTIONS                                                               \
    {"flow", "ID", "of this integration flow, by its id: Order_Express", 0},                    \
        {"package", "ID", "of the flows of this package, by its id", 0},                        \
        {"sender", "NAME", "from this sender", 0}, {"receiver", "NAME", "to this receiver", 0}, \
    {                                                                                           \
        "custom-header", "NAME=VALUE",                                                          \
            "with this custom header; one at a time, as SAP "                                   \
            "documents it",                                                                     \
            0                                                                                   \
    }

#define CLI_MESSAGE_STATUS_OPTION                                                            \
    {                                                                                        \
        "status", "STATUS", "COMPLETED, FAILED, RETRY, ...; repeat it for one of several", 0 \
    }

#define CLI_MESSAGE_WINDOW_OPTIONS                                                             \
    {"since", "TIME", "ended from then on: 2026-03-01T14:30 (UTC), 2026-03-01, or 2h ago", 0}, \
        {"until", "TIME", "ended before then; now, or as --since", 0},                         \
    {                                                                                          \
        "last", "SPAN", "ended in the last 90s, 30m, 2h, 7d, 4w", 0                            \
    }

/** Start with {0}. Stays in its place: the query points into it. */
typedef struct cli_messages {
    cli_query typed; /**< typed.query is what to ask */
    cihsm_message_filter *filter;
} cli_messages;

/**
 * Reads the options of the rows above, those that the command has.
 *
 * @param out  released by cli_messages_free, whatever the result
 * @retval CIHSM_E_USAGE  there is no such status, a time cannot be read, two custom headers
 */
CIHSM_NODISCARD cihsm_status cli_messages_read(const cli_env *env, cli_messages *out,
                                               cihsm_error *err);

/** cli_messages_read for one status, whatever --status says. @param status  NULL: as --status says
 */
CIHSM_NODISCARD cihsm_status cli_messages_read_of(const cli_env *env, const char *status,
                                                  cli_messages *out, cihsm_error *err);

/** Adds a window of the last milliseconds if the person told no time. @return true if it did */
bool cli_messages_limit(cli_messages *of, int64_t span_ms);

void cli_messages_free(cli_messages *of);

#endif
