/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/flight.h"

#include <stdlib.h>

#include "base/error.h"
#include "cihsm/scope.h"

void auth_flight_free(auth_flight **flight)
{
    if (*flight != NULL) {
        http_copy_free(&(*flight)->copy);
        free(*flight);
        *flight = NULL;
    }
}

cihsm_status auth_flight_new(const http_request *request, http_exchange *exchange,
                             auth_flight **out, cihsm_error *err)
{
    CIHSM_AUTO(auth_flight_free) auth_flight *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(http_copy_take(&made->copy, request, err));
    made->exchange = exchange;
    *out = CIHSM_MOVE(made);
    return CIHSM_OK;
}

void auth_flight_push(auth_flight **list, auth_flight *flight)
{
    flight->next = *list;
    *list = flight;
}

auth_flight *auth_flight_take(auth_flight **list, const http_exchange *exchange)
{
    for (auth_flight **at = list; *at != NULL; at = &(*at)->next) {
        if ((*at)->exchange == exchange) {
            auth_flight *found = *at;
            *at = found->next;
            return found;
        }
    }
    return NULL;
}
