/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/time.h: a moment that is read is in range, and what is written of it is read as the same.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "cihsm/time.h"
#include "fuzz.h"

#define NOW 1772375400250LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(text_free) char *text = fuzz_text(data, size);
    int64_t span = 0;
    if (cihsm_span_read(text, &span, NULL) == CIHSM_OK) {
        fuzz_require(span > 0, "a span is longer than nothing");
    }
    int64_t ms = 0;
    if (cihsm_time_read(text, NOW, &ms, NULL) != CIHSM_OK) {
        return 0;
    }
    fuzz_require(ms >= CIHSM_TIME_MIN && ms <= CIHSM_TIME_MAX, "it is in range");
    char written[CIHSM_TIME_SIZE];
    int64_t again = 0;
    cihsm_time_write(ms, written);
    fuzz_require(cihsm_time_read_date(written, &again, NULL) == CIHSM_OK, "it is read again");
    fuzz_require(again == ms, "it is the same");
    return 0;
}
