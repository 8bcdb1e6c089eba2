/* SPDX-License-Identifier: Apache-2.0 */
#include "export/moment.h"

#include <stddef.h>
#include <string.h>

#include "cihsm/time.h"

void export_moment_write(int64_t seconds, char out[EXPORT_MOMENT_LEN + 1])
{
    char text[CIHSM_TIME_SIZE];
    cihsm_time_write(seconds * 1000, text);
    memcpy(out, text, EXPORT_MOMENT_LEN);
    out[EXPORT_MOMENT_LEN] = '\0';
}

void export_moment_name(int64_t seconds, char out[EXPORT_MOMENT_NAME_LEN + 1])
{
    char text[EXPORT_MOMENT_LEN + 1];
    export_moment_write(seconds, text);
    char *to = out;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '-' && *from != ':') {
            *to++ = *from;
        }
    }
    memcpy(to, "Z", 2);
}

bool export_moment_read(const char *text, int64_t *seconds)
{
    int64_t ms = 0;
    if (text == NULL || strlen(text) != EXPORT_MOMENT_LEN || text[10] != 'T' ||
        cihsm_time_read_date(text, &ms, NULL) != CIHSM_OK) {
        return false;
    }
    *seconds = ms / 1000;
    char again[EXPORT_MOMENT_LEN + 1];
    export_moment_write(*seconds, again);
    return strcmp(text, again) == 0;
}
