/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/framer against the parser: a list that the parser accepts is cut into the same entries, in
 * pieces of any size; one that it refuses is refused by the framer, or in an entry, or in the
 * envelope.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"
#include "fuzz.h"
#include "odata/framer.h"

#define SIZE_MAX_BYTES ((size_t)1 << 20)

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

/* Parses one text and adds it to the others, in one spelling. */
static cihsm_status add(const char *text, size_t len, buffer *out)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    CIHSM_TRY(cihsm_value_parse(text, len, &value, NULL));
    CIHSM_TRY(cihsm_value_write(value, 0, append, out, NULL));
    return buffer_append(out, "\n", 1, NULL);
}

static cihsm_status frame(odata_framer *framer, const char *text, size_t size, size_t chunk,
                          buffer *out)
{
    size_t gone = 0;
    for (size_t end = 0; end < size;) {
        end = size - end < chunk ? size : end + chunk;
        odata_span entry = {0};
        do {
            CIHSM_TRY(odata_framer_next(framer, text + gone, end - gone, &entry, NULL));
            if (entry.text != NULL) {
                CIHSM_TRY(add(entry.text, entry.len, out));
            }
        } while (entry.text != NULL);
        gone += odata_framer_drop(framer);
    }
    CIHSM_TRY(odata_framer_end(framer, text + gone, size - gone, NULL));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *envelope = NULL;
    return framer->is_list ? cihsm_value_parse(buffer_text(&framer->envelope), framer->envelope.len,
                                               &envelope, NULL)
                           : CIHSM_OK;
}

static const cihsm_value *list_of(const cihsm_value *document)
{
    const cihsm_value *data = cihsm_value_get(document, "d");
    return cihsm_value_kind(data) == CIHSM_VALUE_ARRAY ? data : cihsm_value_get(data, "results");
}

static void compare(const char *text, size_t size, size_t chunk)
{
    CIHSM_AUTO(odata_framer_free) odata_framer framer = odata_framer_new(SIZE_MAX_BYTES);
    CIHSM_AUTO(buffer_free) buffer found = buffer_new(8 * SIZE_MAX_BYTES);
    CIHSM_AUTO(buffer_free) buffer expected = buffer_new(8 * SIZE_MAX_BYTES);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    const cihsm_status framed = frame(&framer, text, size, chunk, &found);
    const cihsm_status parsed = cihsm_value_parse(text, size, &document, NULL);
    if (!framer.is_list) { /* left to the parser; names with escapes are, too */
        fuzz_require(cihsm_value_kind(list_of(document)) != CIHSM_VALUE_ARRAY ||
                         memchr(text, '\\', size) != NULL,
                     "a list is seen");
        return;
    }
    fuzz_require((framed == CIHSM_OK) == (parsed == CIHSM_OK), "framer and parser refuse the same");
    if (parsed != CIHSM_OK) {
        return;
    }
    fuzz_require(cihsm_value_kind(list_of(document)) == CIHSM_VALUE_ARRAY, "there is a list");
    const cihsm_value *entry = cihsm_value_first(list_of(document));
    for (; entry != NULL; entry = cihsm_value_next(entry)) {
        fuzz_require(cihsm_value_write(entry, 0, append, &expected, NULL) == CIHSM_OK &&
                         buffer_append(&expected, "\n", 1, NULL) == CIHSM_OK,
                     "an entry can be written");
    }
    fuzz_require(strcmp(buffer_text(&expected), buffer_text(&found)) == 0,
                 "the entries are the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t CHUNKS[] = {1, 7, SIZE_MAX_BYTES};
    if (size == 0 || size > SIZE_MAX_BYTES) {
        return 0;
    }
    for (size_t i = 0; i < sizeof CHUNKS / sizeof *CHUNKS; i++) {
        compare((const char *)data, size, CHUNKS[i]);
    }
    return 0;
}
