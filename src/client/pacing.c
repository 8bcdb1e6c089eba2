/* SPDX-License-Identifier: Apache-2.0 */
#include "client/pacing.h"

#include <assert.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/error.h"
#include "base/text.h"
#include "integration/rate.h"
#include "odata/error.h"

#define RETRY_TIME_MS 60000
#define PACE_PERCENT 80

static_assert(INTEGRATION_RATE_GROUPS <= HTTP_PACE_GROUPS, "a group without a bucket");

static http_rate rate_of_path(const pacing *of, const char *path)
{
    const integration_rate rate = integration_rate_of(of->catalogue, path);
    return (http_rate){.group = rate.group, .per_second = rate.user_per_second * of->share};
}

static http_rate rate_of(void *user, const char *url)
{
    const pacing *of = user;
    if (!text_starts(url, of->root)) {
        return (http_rate){0};
    }
    return rate_of_path(of, url + strlen(of->root));
}

static int64_t retry_time_ms(long configured)
{
    return configured == 0 ? RETRY_TIME_MS : configured < 0 ? 0 : configured;
}

static double share_of(int configured)
{
    return (configured == 0 ? PACE_PERCENT : configured < 0 ? 0 : configured) / 100.0;
}

cihsm_status pacing_open(pacing *of, const cihsm_client_config *config, const char *root,
                         http_transport below, cihsm_error *err)
{
    uint64_t seed = 0;
    if (RAND_bytes((unsigned char *)&seed, sizeof seed) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_INTERNAL, "no random bytes");
    }
    *of = (pacing){.root = root, .share = share_of(config->pace_percent)};
    CIHSM_TRY(integration_catalogue_get(&of->catalogue, err));
    const http_patience_config patience = {
        .below = below,
        .clock = clock_system(config->cancel),
        .retry_time_ms = retry_time_ms(config->retry_time_ms),
        .seed = seed,
        .rate_of = rate_of,
        .is_request_fault = odata_is_request_fault,
        .user = of,
        .log = config->log,
    };
    http_patience_init(&of->patience, &patience);
    return CIHSM_OK;
}

cihsm_status pacing_wait_batch(pacing *of, const cihsm_operation *operations, size_t count,
                               cihsm_error *err)
{
    bool is_counted[HTTP_PACE_GROUPS] = {0};
    for (size_t i = 0; i < count; i++) {
        const http_rate rate = rate_of_path(of, operations[i].request.path);
        if (!is_counted[rate.group]) {
            CIHSM_TRY(http_patience_wait(&of->patience, &rate, err));
        }
        is_counted[rate.group] = is_counted[rate.group] || rate.per_second > 0;
    }
    return CIHSM_OK;
}

void pacing_close(pacing *of)
{
    http_patience_free(&of->patience);
}
