/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/message_error - one message and what went wrong with it.
 */
#ifndef CLI_MESSAGE_ERROR_H
#define CLI_MESSAGE_ERROR_H

#include "cli/env.h"

/** Looks at an id before a PIN is asked for. @retval CIHSM_E_USAGE cannot be sent */
CIHSM_NODISCARD cihsm_status cli_check_message_id(const char *id, cihsm_error *err);

/**
 * Reads a message.
 *
 * @param expand  navigations; may be NULL
 * @param out     object, yours
 * @retval CIHSM_E_NOT_FOUND  the message says that it is the message that is missing
 */
CIHSM_NODISCARD cihsm_status cli_read_message(cihsm_client *client, const char *id,
                                              const char *expand, cihsm_value **out,
                                              cihsm_error *err);

/** @return true if messages of that status can have an error text. SAP asks not to look for others.
 */
bool cli_can_have_error(const char *status);

/**
 * Reads the error information of a message.
 *
 * @param out  object, yours, with the text as "Text"; NULL: there is none
 */
CIHSM_NODISCARD cihsm_status cli_read_message_error(cihsm_client *client, const char *id,
                                                    cihsm_value **out, cihsm_error *err);

/**
 * Reads the error text alone.
 *
 * @param out  yours; NULL: there is none
 */
CIHSM_NODISCARD cihsm_status cli_read_error_text(cihsm_client *client, const char *id,
                                                 cihsm_result **out, cihsm_error *err);

#endif
