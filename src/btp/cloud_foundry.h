/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btp/cloud_foundry - a session with the Cloud Foundry V3 API: requests with the user's token, and
 * what their refusals mean.
 */
#ifndef BTP_CLOUD_FOUNDRY_H
#define BTP_CLOUD_FOUNDRY_H

#include "btp/link.h"
#include "cihsm/cloud_foundry.h"

struct cihsm_cf {
    btp_link *link;
    char *origin;                /**< "https://host[:port]" */
    cihsm_secret *authorization; /**< value of the header */
};

/** Borrowed for the call. */
typedef struct cf_request {
    const char *method;
    const char *path;        /**< "/v3/jobs/...", encoded; or an absolute URL of the API */
    const cihsm_value *json; /**< body; may be NULL */
    const char *what;        /**< what is not there if it is 404: "job" */
} cf_request;

/**
 * Sends a request; any answer but 2xx is a failure.
 *
 * @param answer  http_response_init with BTP_ANSWER_MAX_BYTES
 * @retval others  as cihsm/cloud_foundry.h tells
 */
CIHSM_NODISCARD cihsm_status cf_send(cihsm_cf *cf, const cf_request *request, http_response *answer,
                                     cihsm_error *err);

/** GETs an object. @param out  yours; json_free_wiped if it may hold a secret */
CIHSM_NODISCARD cihsm_status cf_get(cihsm_cf *cf, const char *path, const char *what,
                                    cihsm_value **out, cihsm_error *err);

/**
 * GETs a list over all its pages.
 *
 * @param path  with its query
 * @param out   array of the resources; yours
 * @retval CIHSM_E_PROTOCOL  no list, a page that leads to another host, or pages without end
 */
CIHSM_NODISCARD cihsm_status cf_list(cihsm_cf *cf, const char *path, cihsm_value **out,
                                     cihsm_error *err);

/**
 * Reads the page of a list.
 *
 * @param page  its resources are moved to @p all
 * @param next  address of the next page, borrowed from @p page; NULL: this was the last
 * @retval CIHSM_E_PROTOCOL  it is no page
 */
CIHSM_NODISCARD cihsm_status cf_page_take(cihsm_value *page, const char *host, cihsm_value *all,
                                          const char **next, cihsm_error *err);

/** @return the GUID of a resource's service instance; NULL if it names none. */
const char *cf_instance_of(const cihsm_value *binding);

/** True for the 36 characters of a GUID. */
bool cf_is_guid(const char *text);

#endif
