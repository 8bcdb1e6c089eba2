/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/pem_block.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/error.h"
#include "cihsm/scope.h"

static const char BEGIN[] = "-----BEGIN ";
static const char END[] = "-----END ";
static const char DASHES[] = "-----";
static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static const char *find(const char *text, size_t len, const char *what)
{
    return memmem(text, len, what, strlen(what));
}

/* Length of the label at text, blanks at its end included. */
static size_t label_length(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && is_one_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ", text[at])) {
        at++;
    }
    return at;
}

static bool read_label(const char *text, size_t len, char out[PEM_LABEL_MAX])
{
    size_t end = label_length(text, len);
    while (end > 0 && text[end - 1] == ' ') {
        end--;
    }
    if (end == 0 || end >= PEM_LABEL_MAX) {
        return false;
    }
    memcpy(out, text, end);
    out[end] = '\0';
    return true;
}

/* at is behind "-----BEGIN "; reads the label and tells where the body starts. */
static cihsm_status begin_line(const pem_scanner *scanner, size_t at, pem_block *block,
                               size_t *body_at, cihsm_error *err)
{
    const size_t left = scanner->len - at;
    const size_t label = label_length(scanner->text + at, left);
    const bool closed = left - label >= sizeof DASHES - 1 &&
                        memcmp(scanner->text + at + label, DASHES, sizeof DASHES - 1) == 0;
    if (!closed || !read_label(scanner->text + at, left, block->label)) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "%s: the BEGIN line of PEM block %zu is damaged; copy it again",
                                scanner->where, block->number);
    }
    *body_at = at + label + sizeof DASHES - 1;
    return CIHSM_OK;
}

/* Fills the body and tells where the END line's label ends; its dashes are not looked at. */
static cihsm_status end_line(const pem_scanner *scanner, size_t body_at, pem_block *block,
                             size_t *end_at, cihsm_error *err)
{
    const char *body = scanner->text + body_at;
    const size_t left = scanner->len - body_at;
    const char *end = find(body, left, END);
    const char *another = find(body, left, BEGIN);
    if (end == NULL || (another != NULL && another < end)) {
        return cihsm_fail_plain(
            err, CIHSM_E_CONFIG,
            "%s: PEM block %zu (%s) is cut off, it has no END line; copy it again completely",
            scanner->where, block->number, block->label);
    }
    const size_t label_at = body_at + (size_t)(end - body) + sizeof END - 1;
    const size_t rest = scanner->len - label_at;
    char label[PEM_LABEL_MAX];
    if (!read_label(scanner->text + label_at, rest, label) || strcmp(label, block->label) != 0) {
        return cihsm_fail_plain(
            err, CIHSM_E_CONFIG,
            "%s: PEM block %zu begins as %s and ends as something else; copy it again",
            scanner->where, block->number, block->label);
    }
    block->body = body;
    block->body_len = (size_t)(end - body);
    *end_at = label_at + label_length(scanner->text + label_at, rest);
    return CIHSM_OK;
}

cihsm_status pem_scanner_next(pem_scanner *scanner, pem_block *out, bool *found, cihsm_error *err)
{
    *found = false;
    const char *from = scanner->text + scanner->at;
    const char *begin = find(from, scanner->len - scanner->at, BEGIN);
    if (begin == NULL) {
        scanner->at = scanner->len;
        return CIHSM_OK;
    }
    pem_block block = {.number = scanner->blocks + 1};
    const size_t label_at = (size_t)(begin - scanner->text) + sizeof BEGIN - 1;
    size_t body_at = 0;
    CIHSM_TRY(begin_line(scanner, label_at, &block, &body_at, err));
    CIHSM_TRY(end_line(scanner, body_at, &block, &scanner->at, err));
    scanner->blocks++;
    *out = block;
    *found = true;
    return CIHSM_OK;
}

bool pem_block_has_headers(const pem_block *block)
{
    return memchr(block->body, ':', block->body_len) != NULL;
}

/*
 * Number of bytes at text[at] that only lay out the base64: white space, or what is left of JSON
 * escapes when a string was copied with them (\n, \r, \t, and the backslash of \/ and \\).
 */
static size_t layout_length(const char *text, size_t len, size_t at)
{
    if (is_one_of(" \t\r\n\v\f", text[at])) {
        return 1;
    }
    if (text[at] != '\\' || at + 1 >= len) {
        return 0;
    }
    if (is_one_of("nrt", text[at + 1])) {
        return 2;
    }
    return is_one_of("/\\", text[at + 1]) ? 1 : 0;
}

static cihsm_status fail_damaged(const pem_block *block, const char *where, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "%s: PEM block %zu (%s) is damaged, it is not base64; copy it again",
                            where, block->number, block->label);
}

static cihsm_status collect_digits(const pem_block *block, const char *where, buffer *digits,
                                   cihsm_error *err)
{
    size_t padding = 0;
    for (size_t at = 0; at < block->body_len; at++) {
        const size_t skip = layout_length(block->body, block->body_len, at);
        if (skip > 0) {
            at += skip - 1;
            continue;
        }
        const char c = block->body[at];
        padding += c == '=';
        if (c != '=' && (!is_one_of(BASE64, c) || padding > 0)) {
            return fail_damaged(block, where, err);
        }
        CIHSM_TRY(buffer_append(digits, &c, 1, err));
    }
    if (padding > 2) {
        return fail_damaged(block, where, err);
    }
    if (digits->len == 0 || digits->len % 4 != 0) {
        return cihsm_fail_plain(
            err, CIHSM_E_CONFIG,
            "%s: PEM block %zu (%s) is cut off, characters are missing; copy it again completely",
            where, block->number, block->label);
    }
    return CIHSM_OK;
}

cihsm_status pem_block_decode(const pem_block *block, const char *where, buffer *der,
                              cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer digits = buffer_new(block->body_len);
    CIHSM_TRY(collect_digits(block, where, &digits, err));

    cihsm_status status = CIHSM_OK;
    unsigned char quantum[3]; /* may be part of a private key */
    for (size_t at = 0; at < digits.len && status == CIHSM_OK; at += 4) {
        const unsigned char *four = (const unsigned char *)digits.data + at;
        if (EVP_DecodeBlock(quantum, four, 4) != 3) {
            status = fail_damaged(block, where, err);
            break;
        }
        const size_t padding = (size_t)(four[2] == '=') + (size_t)(four[3] == '=');
        status = buffer_append(der, quantum, sizeof quantum - padding, err);
    }
    OPENSSL_cleanse(quantum, sizeof quantum);
    return status;
}
