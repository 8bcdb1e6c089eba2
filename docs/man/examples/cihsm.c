/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the messages of the last day that failed. The PIN comes
 * from a file that only its owner can read. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <cihsm/cihsm.h>

static cihsm_status count_failures(int64_t *count, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_client_free) cihsm_client *client = NULL;
    const cihsm_window day = {((int64_t)time(NULL) - 86400) * 1000,
                              CIHSM_TIME_MAX, NULL};
    cihsm_query query = CIHSM_QUERY_INIT;
    cihsm_client_config config = {0};
    query.filter = "Status eq 'FAILED'";
    query.window = &day;
    config.service_key = "service-key.json";
    config.chain = "client-chain.pem";
    config.key = "pkcs11:object=cpi-client";
    config.token.module = "/usr/lib/libyourhsm.so";
    config.token.uri = "pkcs11:token=prod";
    config.token.pin = cihsm_pin_from_source;
    config.token.pin_user = (void *)"file:/run/secrets/pin";

    cihsm_status status = cihsm_client_open(&config, &client, err);
    if (status == CIHSM_OK) {
        status = cihsm_client_count(client, "MessageProcessingLogs",
                                    &query, count, err);
    }
    return status;
}

int main(void)
{
    cihsm_error err = {0};
    int64_t count = 0;

    signal(SIGPIPE, SIG_IGN); /* a lost connection is an error */
    if (count_failures(&count, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return cihsm_status_exit_code(err.status);
    }
    printf("%" PRId64 "\n", count);
    return 0;
}
