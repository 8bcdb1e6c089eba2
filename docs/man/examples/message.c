/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * Status eq 'FAILED' and IntegrationArtifact/Id eq 'Orders'
 */
#include <stdio.h>

#include <cihsm/message.h>
#include <cihsm/scope.h>

int main(void)
{
    static const char *const STATUSES[] = {"failed"};
    CIHSM_AUTO(cihsm_message_filter_free)
    cihsm_message_filter *filter = NULL;
    cihsm_message_criteria criteria = {0};
    cihsm_query query = CIHSM_QUERY_INIT;
    cihsm_error err = {0};
    criteria.statuses = STATUSES;
    criteria.status_count = 1;
    criteria.flow = "Orders";

    if (cihsm_message_filter_new(&criteria, &filter, &err) !=
        CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    cihsm_message_filter_apply(filter, &query);
    puts(query.filter); /* for cihsm_client_stream */
    return 0;
}
