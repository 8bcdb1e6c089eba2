/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client/config_text - the INI text of a configuration: read through libinih, which has limits of
 * its own (200 bytes a line, 50 a name) that must not show.
 */
#ifndef CLIENT_CONFIG_TEXT_H
#define CLIENT_CONFIG_TEXT_H

#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/config.h"
#include "cihsm/error.h"

#define CONFIG_TEXT_MAX 262144 /* bytes of a configuration file: 256 KiB */
#define CONFIG_NAME_MAX 48     /* bytes of a profile's or key's name */

/** Receives one setting; @p line counts from 1. */
typedef cihsm_status (*config_text_fn)(void *user, const char *section, const char *key,
                                       const char *value, unsigned line, cihsm_error *err);

/** @retval CIHSM_E_CONFIG  a line that is neither a comment, a section nor "key = value" */
CIHSM_NODISCARD cihsm_status config_text_parse(const char *text, const char *path,
                                               config_text_fn take, void *user, cihsm_error *err);

/**
 * A value stands on one line, without blanks at its ends and without an inline comment.
 *
 * @retval CIHSM_E_CONFIG  no key of a profile, or a value that an INI file cannot hold
 */
CIHSM_NODISCARD cihsm_status config_text_check(const cihsm_setting *setting, cihsm_error *err);

#endif
