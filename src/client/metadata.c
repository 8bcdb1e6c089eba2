/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of the tenant of a client.
 */
#include "cihsm/metadata.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "cihsm/client.h"
#include "cihsm/scope.h"
#include "cihsm/time.h"
#include "odata/metadata.h"

/* To the second. */
static cihsm_status stamp(cihsm_metadata *metadata, const char *root, cihsm_error *err)
{
    const clock_source clock = clock_system(NULL);
    char now[CIHSM_TIME_SIZE];
    cihsm_time_write(clock_wall_ms(&clock) / 1000 * 1000, now);
    CIHSM_AUTO(text_free) char *utc = NULL;
    CIHSM_TRY(text_format(&utc, err, "%sZ", now));
    return odata_metadata_stamp(metadata, root, utc, err);
}

cihsm_status cihsm_metadata_fetch(cihsm_client *client, cihsm_metadata **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CIHSM_AUTO(cihsm_metadata_free) cihsm_metadata *metadata = NULL;
    CIHSM_TRY(cihsm_client_get(client, "$metadata", NULL, &result, err));
    size_t len = 0;
    const char *xml = cihsm_result_bytes(result, &len);
    CIHSM_TRY(cihsm_metadata_parse(xml, len, &metadata, err));
    CIHSM_TRY(stamp(metadata, cihsm_client_root(client), err));
    *out = CIHSM_MOVE(metadata);
    return CIHSM_OK;
}
