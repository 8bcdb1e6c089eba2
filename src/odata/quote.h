/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/quote - texts in single quotes, with a quote inside written twice.
 */
#ifndef ODATA_QUOTE_H
#define ODATA_QUOTE_H

/** @param opened  at the opening quote. @return behind the closing one; NULL if it is left open. */
const char *odata_quote_end(const char *opened);

#endif
