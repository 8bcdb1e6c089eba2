/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the messages of the last hour that failed, over all
 * pages. */
#include <stdio.h>
#include <time.h>

#include <cihsm/client.h>
#include <cihsm/pin.h>
#include <cihsm/scope.h>

cihsm_status print_failures(cihsm_client *client, cihsm_error *err)
{
    const cihsm_window hour = {((int64_t)time(NULL) - 3600) * 1000,
                               CIHSM_TIME_MAX, NULL};
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    const cihsm_value *entry = NULL;
    cihsm_query query = CIHSM_QUERY_INIT;
    query.filter = "Status eq 'FAILED'";
    query.window = &hour;

    cihsm_status status =
        cihsm_client_stream(client, "MessageProcessingLogs", &query,
                            NULL, &result, err);
    while (status == CIHSM_OK) {
        status = cihsm_result_next_entry(result, &entry, err);
        if (status != CIHSM_OK || entry == NULL) {
            break;
        }
        puts(cihsm_value_get_string(entry, "MessageGuid"));
    }
    return status;
}

cihsm_status open_client(cihsm_client **out, cihsm_error *err)
{
    cihsm_client_config config = {0};
    config.service_key = "service-key.json";
    config.chain = "client-chain.pem";
    config.key = "pkcs11:object=cpi-client";
    config.token.module = "/usr/lib/libyourhsm.so";
    config.token.uri = "pkcs11:token=prod";
    config.token.pin = cihsm_pin_from_source;
    config.token.pin_user = (void *)"file:/run/secrets/pin";
    return cihsm_client_open(&config, out, err);
}
