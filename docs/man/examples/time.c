/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * 2026-03-01T13:30:05
 * 7200000
 */
#include <inttypes.h>
#include <stdio.h>

#include <cihsm/time.h>

int main(void)
{
    char text[CIHSM_TIME_SIZE];
    cihsm_error err = {0};
    int64_t moment_ms = 0;
    int64_t span_ms = 0;

    if (cihsm_time_read_date("2026-03-01T14:30:05+01:00",
                             &moment_ms, &err) != CIHSM_OK ||
        cihsm_span_read("2h", &span_ms, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    cihsm_time_write(moment_ms, text);
    printf("%s\n%" PRId64 "\n", text, span_ms);
    return 0;
}
