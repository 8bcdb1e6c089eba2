/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CSV writer: RFC 4180.
 */
#include "cihsm/csv.h"

#include <string.h>

#include "base/error.h"

static const char LINE_END[] = "\r\n";

typedef struct writer {
    cihsm_write_fn write;
    void *user;
} writer;

static cihsm_status put(const writer *to, const char *bytes, size_t len, cihsm_error *err)
{
    return to->write(to->user, bytes, len, err);
}

/* A cihsm_write_fn for what stands inside quotes: a quote is written twice. */
static cihsm_status put_doubled(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    const writer *to = user;
    while (len > 0) {
        const char *quote = memchr(bytes, '"', len);
        const size_t run = quote == NULL ? len : (size_t)(quote - bytes) + 1;
        CIHSM_TRY(put(to, bytes, run, err));
        if (quote != NULL) {
            CIHSM_TRY(put(to, "\"", 1, err));
        }
        bytes += run;
        len -= run;
    }
    return CIHSM_OK;
}

static cihsm_status put_text(writer *to, const char *text, cihsm_error *err)
{
    const size_t plain = strcspn(text, "\",\r\n");
    if (plain > 0 && text[plain] == '\0') {
        return put(to, text, plain, err);
    }
    CIHSM_TRY(put(to, "\"", 1, err));
    CIHSM_TRY(put_doubled(to, text, strlen(text), err));
    return put(to, "\"", 1, err);
}

static cihsm_status put_json(writer *to, const cihsm_value *value, cihsm_error *err)
{
    CIHSM_TRY(put(to, "\"", 1, err));
    CIHSM_TRY(cihsm_value_write(value, 0, put_doubled, to, err));
    return put(to, "\"", 1, err);
}

static cihsm_status put_cell(writer *to, const cihsm_value *value, cihsm_error *err)
{
    switch (cihsm_value_kind(value)) {
    case CIHSM_VALUE_NULL:
        return CIHSM_OK;
    case CIHSM_VALUE_STRING:
        return put_text(to, cihsm_value_string(value), err);
    case CIHSM_VALUE_BOOL:
    case CIHSM_VALUE_NUMBER:
        return cihsm_value_write(value, 0, to->write, to->user, err);
    case CIHSM_VALUE_ARRAY:
    case CIHSM_VALUE_OBJECT:
        return put_json(to, value, err);
    }
    return CIHSM_E_INTERNAL;
}

/* Members at and below a value that hold something; an array is one. */
static size_t leaves(const cihsm_value *value)
{
    if (cihsm_value_kind(value) != CIHSM_VALUE_OBJECT) {
        return cihsm_value_kind(value) == CIHSM_VALUE_NULL ? 0 : 1;
    }
    size_t count = 0;
    for (const cihsm_value *m = cihsm_value_first(value); m != NULL; m = cihsm_value_next(m)) {
        count += leaves(m);
    }
    return count;
}

/* A line of one empty cell would be an empty line, which readers pass over. */
static cihsm_status put_line_end(const writer *to, const cihsm_value *columns, bool is_empty,
                                 cihsm_error *err)
{
    const bool is_only = cihsm_value_next(cihsm_value_first(columns)) == NULL;
    if (is_only && is_empty) {
        CIHSM_TRY(put(to, "\"\"", 2, err));
    }
    return put(to, LINE_END, 2, err);
}

cihsm_status cihsm_csv_heading(const cihsm_value *columns, cihsm_write_fn write, void *user,
                               cihsm_error *err)
{
    cihsm_error_clear(err);
    writer to = {write, user};
    const cihsm_value *first = cihsm_value_first(columns);
    for (const cihsm_value *name = first; name != NULL; name = cihsm_value_next(name)) {
        if (name != first) {
            CIHSM_TRY(put(&to, ",", 1, err));
        }
        CIHSM_TRY(put_text(&to, cihsm_value_string(name), err));
    }
    return put_line_end(&to, columns, first == NULL, err);
}

cihsm_status cihsm_csv_row(const cihsm_value *columns, const cihsm_value *entry, size_t *left_out,
                           cihsm_write_fn write, void *user, cihsm_error *err)
{
    cihsm_error_clear(err);
    writer to = {write, user};
    size_t written = 0;
    const cihsm_value *first = cihsm_value_first(columns);
    for (const cihsm_value *name = first; name != NULL; name = cihsm_value_next(name)) {
        const cihsm_value *value = cihsm_value_at(entry, cihsm_value_string(name));
        written += leaves(value);
        if (name != first) {
            CIHSM_TRY(put(&to, ",", 1, err));
        }
        CIHSM_TRY(put_cell(&to, value, err));
    }
    if (left_out != NULL) {
        const size_t all = leaves(entry);
        *left_out = all > written ? all - written : 0;
    }
    return put_line_end(&to, columns, written == 0, err);
}
