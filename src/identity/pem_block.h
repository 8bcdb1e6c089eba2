/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity/pem_block - finds PEM blocks in text as people have it and decodes their base64.
 *
 * More tolerant than RFC 7468 because service keys pass through JSON, mail and clipboards: line
 * feeds may be LF, CRLF, a literal backslash-n or missing; text may stand around the blocks; the
 * dashes after END may be missing (docs/sap-contract.md section 2.2). Borrows the text.
 */
#ifndef IDENTITY_PEM_BLOCK_H
#define IDENTITY_PEM_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cihsm/error.h"

#define PEM_LABEL_MAX 48 /**< bytes, terminating NUL included */

typedef struct pem_block {
    size_t number; /**< 1 for the first block of the text */
    char label[PEM_LABEL_MAX];
    const char *body; /**< between the BEGIN and the END line, borrowed */
    size_t body_len;
} pem_block;

typedef struct pem_scanner {
    const char *text;
    size_t len;
    const char *where; /**< names the source in messages */
    size_t at;         /**< start with 0 */
    size_t blocks;     /**< found so far; start with 0 */
} pem_scanner;

/**
 * Finds the next block.
 *
 * @param found  out: false at the end of the text, @p out is then unchanged
 * @retval CIHSM_E_CONFIG  a block without END line, or with another label there
 */
CIHSM_NODISCARD cihsm_status pem_scanner_next(pem_scanner *scanner, pem_block *out, bool *found,
                                              cihsm_error *err);

/** True if the block has RFC 1421 headers, which means that it is encrypted. */
bool pem_block_has_headers(const pem_block *block);

/**
 * Appends the bytes that the base64 of the block stands for.
 *
 * @retval CIHSM_E_CONFIG  not base64, or cut off
 */
CIHSM_NODISCARD cihsm_status pem_block_decode(const pem_block *block, const char *where,
                                              buffer *der, cihsm_error *err);

#endif
