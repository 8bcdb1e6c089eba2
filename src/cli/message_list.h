/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/message_list - reads lists of entries for the message commands.
 */
#ifndef CLI_MESSAGE_LIST_H
#define CLI_MESSAGE_LIST_H

#include "cli/env.h"

/** Takes an entry, borrowed for the call. */
typedef cihsm_status (*cli_entry_fn)(void *user, const cihsm_value *entry, cihsm_error *err);

/**
 * Reads entries of all pages while they arrive.
 *
 * @param limit     at most so many; 0: all
 * @param has_more  there are more than the limit; may be NULL
 */
CIHSM_NODISCARD cihsm_status cli_each_entry(cihsm_client *client, const char *path,
                                            const cihsm_query *query, int64_t limit,
                                            cli_entry_fn take, void *user, bool *has_more,
                                            cihsm_error *err);

/** Reads a list that is short, all of it. @param out  array, yours */
CIHSM_NODISCARD cihsm_status cli_read_list(cihsm_client *client, const char *path,
                                           cihsm_value **out, cihsm_error *err);

/**
 * Puts before "not found" what there is not. For requests below something with an id.
 *
 * @param what  "message"
 * @return status
 */
cihsm_status cli_explain_missing(cihsm_status status, const char *what, const char *id,
                                 cihsm_error *err);

/** Reads the list behind a navigation of a message. @param out  array, yours */
CIHSM_NODISCARD cihsm_status cli_read_below_message(cihsm_client *client, const char *id,
                                                    const char *navigation, cihsm_value **out,
                                                    cihsm_error *err);

#endif
