/* SPDX-License-Identifier: Apache-2.0 */
/*
 * partner/texts - a list of texts in order, owned: names of files.
 */
#ifndef PARTNER_TEXTS_H
#define PARTNER_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

/** Start with {0}. */
typedef struct partner_texts {
    char **items;
    size_t count;
    size_t room;
} partner_texts;

/** Adds a copy at the end. */
CIHSM_NODISCARD cihsm_status partner_texts_add(partner_texts *to, const char *text,
                                               cihsm_error *err);
void partner_texts_sort(partner_texts *of);

/** @return true if a list in order has the text. */
bool partner_texts_has(const partner_texts *in, const char *text);
void partner_texts_free(partner_texts *of);

/**
 * Lists the names in a folder, in order.
 *
 * @param is_hidden  those that begin with a dot, without "." and ".."; false: all others
 * @param out  nothing if there is no such folder
 * @retval CIHSM_E_CONFIG  it cannot be read
 */
CIHSM_NODISCARD cihsm_status partner_texts_list(const char *folder, bool is_hidden,
                                                partner_texts *out, cihsm_error *err);

#endif
