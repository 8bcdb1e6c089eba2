/* SPDX-License-Identifier: Apache-2.0 */
#include "http/flight.h"

#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"

cihsm_status http_flight_new(const http_request *request, http_exchange *exchange,
                             http_flight **out, cihsm_error *err)
{
    CIHSM_AUTO(http_flight_free) http_flight *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(http_copy_take(&made->copy, request, err));
    made->exchange = exchange;
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void http_flight_append(http_flight **list, http_flight *flight)
{
    while (*list != NULL) {
        list = &(*list)->next;
    }
    *list = flight;
}

http_flight *http_flight_take(http_flight **list, const http_exchange *exchange)
{
    for (http_flight **at = list; *at != NULL; at = &(*at)->next) {
        if ((*at)->exchange == exchange) {
            http_flight *found = *at;
            *at = found->next;
            return found;
        }
    }
    return NULL;
}

void http_flight_free(http_flight **flight)
{
    if (*flight != NULL) {
        http_copy_free(&(*flight)->copy);
        free(*flight);
        *flight = NULL;
    }
}
