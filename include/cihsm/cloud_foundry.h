/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/cloud_foundry.h - service keys of the service Process Integration Runtime, plan api, by the
 * Cloud Foundry V3 API: made, listed, read, deleted.
 *
 * Rows are values whose members are part of the contract; null is what is not known. A session is
 * used by one thread at a time.
 *
 * Source: docs/sap-contract.md sections 2 and 11.3; the public description of the Cloud Foundry V3
 * API (service_instances, service_credential_bindings, jobs).
 */
#ifndef CIHSM_CLOUD_FOUNDRY_H
#define CIHSM_CLOUD_FOUNDRY_H

#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/btp.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

#define CIHSM_CF_NAME_MAX 32 /**< characters of the name of a service key */

/** A session with one Cloud Foundry API and one user. */
typedef struct cihsm_cf cihsm_cf;

/** Start with {0}. Strings and secrets are copied; the members of network are borrowed for the life
 *  of the session. */
typedef struct cihsm_cf_config {
    const char *api;              /**< "https://api.cf.eu10.hana.ondemand.com"; required */
    const cihsm_secret *token;    /**< an access token, as "cf oauth-token" prints it, with "bearer"
                                       in front or without; NULL: one is had for user and password */
    const char *user;             /**< for the password grant */
    const cihsm_secret *password; /**< for the password grant */
    const char *uaa;              /**< https URL of the token server; NULL: as the API tells */
    cihsm_btp_network network;    /**< how the API and the token server are reached */
} cihsm_cf_config;

/**
 * With a token: no network yet. Else the token server is asked; the token is kept in memory only.
 *
 * @param config  borrowed for the call, but for what it says of itself
 * @param out     yours
 *
 * @retval CIHSM_E_USAGE    api or uaa is no https URL; neither token nor user and password
 * @retval CIHSM_E_CONFIG   the token is not of the form of one; the API tells no token server
 * @retval CIHSM_E_REFUSED  user or password are wrong
 * @retval others           as for the calls below
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_open(const cihsm_cf_config *config, cihsm_cf **out,
                                                     cihsm_error *err);

/** Wipes the token, sets *cf to NULL. NULL is fine. */
CIHSM_API void cihsm_cf_free(cihsm_cf **cf);

/*
 * All calls that ask Cloud Foundry fail by:
 *
 * CIHSM_E_REFUSED   401: the token is no longer valid; 403: the user lacks the role Space Developer
 * CIHSM_E_REJECTED  what was asked for is not accepted (422 and others); the message has its words
 * CIHSM_E_BUSY, CIHSM_E_SERVER, CIHSM_E_PROTOCOL, CIHSM_E_NETWORK, CIHSM_E_TLS, CIHSM_E_TIMEOUT
 * CIHSM_E_CANCELED  network.cancel was requested
 */

/**
 * Finds a service instance of plan api.
 *
 * @param cf      used by this thread alone
 * @param wanted  name or GUID
 * @param out     object: name, guid, created; yours
 *
 * @retval CIHSM_E_NOT_FOUND  the user sees none of that name; the message has the nearest ones
 * @retval CIHSM_E_CONFLICT   several spaces have one of that name: the message wants the GUID
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_find_instance(cihsm_cf *cf, const char *wanted,
                                                              cihsm_value **out, cihsm_error *err);

/** Which service keys. Start with {0}. Borrowed for the call. */
typedef struct cihsm_cf_query {
    const char *instance; /**< name or GUID; NULL: of all instances of plan api that the user
                               sees */
    const char *own;      /**< service key file to recognise; NULL: none is marked */
} cihsm_cf_query;

/**
 * Lists service keys with what their details tell, which takes a request for each.
 *
 * @param cf     used by this thread alone
 * @param query  which ones
 * @param out    array of objects: name, instance (its name), type ("External Certificate",
 *             "Certificate", "ClientId/Secret"), validUntil (of the certificate, ISO 8601 UTC),
 *             daysLeft (negative: since it ended), inUse (true: it is that of @p query->own),
 *             created, state (of the last operation: "succeeded", "in progress", "failed"), guid,
 *             instanceGuid; never a secret; yours
 *
 * @retval CIHSM_E_NOT_FOUND, CIHSM_E_CONFLICT  as for cihsm_cf_find_instance
 * @retval CIHSM_E_CONFIG  own is no service key
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_list_keys(cihsm_cf *cf, const cihsm_cf_query *query,
                                                          cihsm_value **out, cihsm_error *err);

/**
 * Finds one.
 *
 * @param cf      used by this thread alone
 * @param query   among which
 * @param wanted  name or GUID
 * @param out     object as in cihsm_cf_list_keys; yours
 *
 * @retval CIHSM_E_NOT_FOUND  no such key; the message has the nearest ones
 * @retval CIHSM_E_CONFLICT   several instances have one of that name
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_find_key(cihsm_cf *cf, const cihsm_cf_query *query,
                                                         const char *wanted, cihsm_value **out,
                                                         cihsm_error *err);

/**
 * Reads the document of a key, which is what a service key file holds.
 *
 * @param cf    used by this thread alone
 * @param guid  of the key
 * @param out   yours; it may hold a secret: cihsm_value_free_wiped, and a file of mode 0600
 *
 * @retval CIHSM_E_NOT_FOUND  no such key, or it is not made yet
 * @retval CIHSM_E_PROTOCOL   what was read is no service key
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_read_key(cihsm_cf *cf, const char *guid,
                                                         cihsm_value **out, cihsm_error *err);

/** A service key to be made. Borrowed for the call. */
typedef struct cihsm_cf_key {
    const char *instance;          /**< name or GUID */
    const char *name;              /**< up to CIHSM_CF_NAME_MAX characters; NULL: made of the common
                                        name of the certificate and the day of its end */
    const cihsm_value *parameters; /**< of cihsm_service_key_params */
    int64_t wait_s;                /**< for the end of the work; 0: 300 s */
} cihsm_cf_key;

/**
 * Tells the request that makes a key, without asking anybody. The GUID of an instance that is given
 * by its name is a note in angle brackets.
 *
 * @param api  as in cihsm_cf_config
 * @param key  what is wanted
 * @param out  object: method, url, purpose, body; yours
 *
 * @retval CIHSM_E_USAGE  the name is too long or empty; api is no https URL
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_describe_create(const char *api,
                                                                const cihsm_cf_key *key,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

/**
 * Makes an External Certificate key, waits for its end, reads it and looks whether it is what was
 * asked for. A key of that name in that instance that has this very certificate is taken as it is,
 * so that what was cut off can be done again.
 *
 * @param cf   used by this thread alone
 * @param key  what is wanted
 * @param out  object: key (a row as in cihsm_cf_list_keys), isNew (false: it was there) and
 *             document (as of cihsm_cf_read_key); yours
 *
 * @retval CIHSM_E_NOT_FOUND  no such instance
 * @retval CIHSM_E_CONFLICT   the name is that of another key, or the certificate is in a service
 *                            key of another instance; the message names it
 * @retval CIHSM_E_REJECTED   the key could not be made; the message says why
 * @retval CIHSM_E_CHECK      the key was made, but it is not what was asked for
 * @retval CIHSM_E_TIMEOUT    not made after wait_s; Cloud Foundry goes on
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_create_key(cihsm_cf *cf, const cihsm_cf_key *key,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Tells the request that deletes a key, without asking anybody.
 *
 * @param api  as in cihsm_cf_config
 * @param key  a row of cihsm_cf_list_keys
 * @param out  object: method, url, purpose, body (null); yours
 *
 * @retval CIHSM_E_USAGE     api is no https URL
 * @retval CIHSM_E_ARGUMENT  the row has no guid
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_describe_delete(const char *api,
                                                                const cihsm_value *key,
                                                                cihsm_value **out,
                                                                cihsm_error *err);

/**
 * Deletes a key and waits for the end: its certificate logs in no longer.
 *
 * @param cf      used by this thread alone
 * @param key     a row of cihsm_cf_list_keys
 * @param wait_s  0: 300 s
 *
 * @retval CIHSM_E_NOT_FOUND  no such key
 * @retval CIHSM_E_TIMEOUT    not done after wait_s; Cloud Foundry goes on
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_cf_delete_key(cihsm_cf *cf, const cihsm_value *key,
                                                           int64_t wait_s, cihsm_error *err);

CIHSM_END_DECLS

#endif
