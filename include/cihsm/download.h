/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/download.h - values as they are: media, attachments, payloads and single properties, handed
 * over while they arrive, so that memory does not grow with them.
 *
 * Threads: what takes a client is called by the client's thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md section 5.5.
 */
#ifndef CIHSM_DOWNLOAD_H
#define CIHSM_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

/** What is known of a value before its first byte. Borrowed for the call. */
typedef struct cihsm_media {
    const char *content_type; /**< as the tenant says; NULL: it says nothing */
    const char *name; /**< for a file in a folder of yours: the name that the tenant gives without
                           what leads out of the folder, or one made of the path; at most 200 bytes
                           of UTF-8 without slashes and control characters, never "." or ".." */
} cihsm_media;

/** Takes a value. A function that fails ends the transfer; its failure is that of the download. */
typedef struct cihsm_sink {
    /** Called before the first byte, of a value without bytes, too. Called again when the transfer
     *  begins anew: what was written before is void. */
    cihsm_status (*begin)(void *user, const cihsm_media *media, cihsm_error *err);
    /** Called with each piece, in their order. */
    cihsm_status (*write)(void *user, const char *bytes, size_t len, cihsm_error *err);
    void *user;            /**< handed to both */
    bool is_restartable;   /**< begin can be called again after write was */
    bool is_page_expected; /**< the value may be an HTML page; else one is taken for the login page
                                of another host */
} cihsm_sink;

/**
 * Looks at a path as cihsm_client_download would, without a client, so that a typing error is found
 * before a PIN is asked for.
 *
 * @param path   as for cihsm_client_download
 * @param query  may be NULL
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why and what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_download_check(const char *path,
                                                            const cihsm_query *query,
                                                            cihsm_error *err);

/**
 * GETs the value of a media entity or of a property.
 *
 * A transfer that breaks off is begun anew, as often as retry_time_ms of the client allows, counted
 * from when it broke off, if the sink is restartable or got nothing yet. It is never taken up in
 * the middle: SAP documents no validator by which two parts would be known to be of one value.
 * cihsm_client_config.timeout_ms is the time without a byte here, whatever the length.
 *
 * @param client  used by no other thread meanwhile
 * @param path    as for cihsm_client_get; "/$value" is put behind it unless it ends so, or is a URL
 * @param query   parameters and is_unchecked; may be NULL
 * @param sink    has the whole value when the call succeeds
 * @retval CIHSM_E_NETWORK, CIHSM_E_TIMEOUT  it breaks off; the sink may have a part
 * @retval CIHSM_E_PROTOCOL  204: there is no content, or not yet; or an HTML page
 * @retval else              as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_download(cihsm_client *client, const char *path,
                                                             const cihsm_query *query,
                                                             const cihsm_sink *sink,
                                                             cihsm_error *err);

CIHSM_END_DECLS

#endif
