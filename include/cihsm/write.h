/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/write.h - creating, changing, deleting and calling: requests with a body and an answer.
 *
 * A write needs a CSRF token: it is fetched before the first one, kept with its session cookies as
 * long as the client lives, and fetched anew once when the tenant asks for another.
 *
 * What takes a client is called by its thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md section 6.
 */
#ifndef CIHSM_WRITE_H
#define CIHSM_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/nearest.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** Start with {0}. Everything is borrowed for the call. */
typedef struct cihsm_request {
    const char *method; /**< POST, PUT, PATCH, MERGE, DELETE, or GET for function imports */
    const char *path;   /**< unencoded; or an absolute URL of the same origin, taken as encoded */
    const cihsm_parameter *parameters; /**< options of the URL; arguments of function imports */
    size_t parameter_count;
    const cihsm_value *value; /**< object to send as JSON; NULL: body, or nothing */
    const void *body;         /**< bytes to send as they are, where value is NULL; may be NULL */
    size_t body_len;          /**< bytes */
    const char *content_type; /**< of the body; NULL: application/json for value, else
                                   application/octet-stream */
    bool is_unchecked; /**< the path is sent as it is, and a method that the documentation does
                            not know for it is sent all the same */
} cihsm_request;

/**
 * Looks at a request without a client, so that a mistake is found before a PIN is asked for.
 * Refused is what cannot be sent or would do harm: a DELETE without a key, a POST to one entity, a
 * PUT, PATCH or MERGE that the documentation of that entity set does not know.
 *
 * @param request  what would be sent
 * @retval CIHSM_E_USAGE  cannot be sent; the message says why and what to do
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_request_check(const cihsm_request *request,
                                                           cihsm_error *err);

/**
 * Writes the request as it would be sent: method and URL, the headers that the caller's data
 * decide, an empty line, the body. No login, no network; nothing secret but what is in the body.
 *
 * @param service_key  path of the service key file, for the URL
 * @param request      what would be sent
 * @param write        gets the text in pieces
 * @retval CIHSM_E_CONFIG  the service key cannot be read
 * @retval CIHSM_E_USAGE   as for cihsm_request_check
 * @retval else            as @p write answered
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_request_describe(const char *service_key,
                                                              const cihsm_request *request,
                                                              cihsm_write_fn write, void *user,
                                                              cihsm_error *err);

/** What the tenant said to a request that it carried out. */
typedef struct cihsm_answer cihsm_answer;

/**
 * Sends a request. Blocks until the answer is complete.
 *
 * @param client   used by no other thread meanwhile
 * @param request  what to send
 * @param out      yours
 * @retval CIHSM_E_USAGE     path or parameters cannot be sent
 * @retval CIHSM_E_NETWORK, CIHSM_E_TIMEOUT  no answer; the message tells whether the write may have
 *                                           been done all the same
 * @retval CIHSM_E_TLS, CIHSM_E_TOKEN, CIHSM_E_PIN  nothing was sent
 * @retval CIHSM_E_REFUSED   401 or 403; the message names the likely cause
 * @retval CIHSM_E_NOT_FOUND, CIHSM_E_CONFLICT, CIHSM_E_BUSY, CIHSM_E_REJECTED, CIHSM_E_SERVER
 *                            by HTTP status, with the server's own words; it was not done
 * @retval CIHSM_E_PROTOCOL  it was done, but the answer cannot be read
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_client_send(cihsm_client *client,
                                                         const cihsm_request *request,
                                                         cihsm_answer **out, cihsm_error *err);

/** @return the HTTP status, 200 to 299. */
CIHSM_API long cihsm_answer_status(const cihsm_answer *answer);

/** @return the entity, or an array of entities, as cihsm_result_value; NULL if it is no JSON. */
CIHSM_API const cihsm_value *cihsm_answer_value(const cihsm_answer *answer);

/** @return the body as it came; *len is 0 for the many writes that are answered by nothing. */
CIHSM_API const char *cihsm_answer_bytes(const cihsm_answer *answer, size_t *len);

/** @return the URL of what was created, as the server wrote it; NULL if it named none. */
CIHSM_API const char *cihsm_answer_location(const cihsm_answer *answer);

/** Sets *answer to NULL. NULL is fine; the client may be gone before. */
CIHSM_API void cihsm_answer_free(cihsm_answer **answer);

/**
 * Sets a property of a body to a text that a person typed, as the JSON that its type wants: a
 * number, true or false, "/Date(ms)/", the digits of an Int64 as a string; where the type is not
 * known, a string.
 *
 * @param body  object, changed
 * @param path  where the body is sent to; tells the types
 * @param name  of the property; "a.b" is the member b of the object a, made if missing
 * @param text  as typed, UTF-8
 * @retval CIHSM_E_USAGE  the text is none of the property's type; the text is not repeated
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_body_set_text(cihsm_value *body, const char *path,
                                                           const char *name, const char *text,
                                                           cihsm_error *err);

/**
 * Sets a property, or with "a.b" a member of one, to a JSON value; *value is taken, set to NULL.
 *
 * @param body   object, changed
 * @param name   of the property
 * @param value  stays yours on failure
 * @retval CIHSM_E_USAGE  it is no name of a property
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_body_set(cihsm_value *body, const char *name,
                                                      cihsm_value **value, cihsm_error *err);

/** @return true if a property of that name holds a password, whatever the entity set. */
CIHSM_API bool cihsm_property_is_secret(const char *name);

/**
 * Tells where the entity that a POST created is found: "StringParameters(Pid='P',Id='I')", made
 * from the key properties in the answer or else in the request.
 *
 * @param request  the POST that was sent
 * @param answer   cihsm_answer_value; may be NULL
 * @param path     room for it, @p size bytes; unencoded
 * @return false, and nothing at @p path, if the set or one of its keys is not known, or if there is
 *         not enough room
 */
CIHSM_API bool cihsm_created_path(const cihsm_request *request, const cihsm_value *answer,
                                  char *path, size_t size);

/** @return "GET" or "POST" for a function import of the catalogue, NULL for another name. */
CIHSM_API const char *cihsm_function_method(const char *name);

/**
 * Finds the function imports of the catalogue that somebody may have meant who wrote another name.
 *
 * @param out  as for cihsm_nearest; static
 * @return how many, at most CIHSM_NEAREST_MAX
 */
CIHSM_API size_t cihsm_function_nearest(const char *name, const char *out[CIHSM_NEAREST_MAX]);

/** @return true if the documentation of a function import writes this parameter without quotes. */
CIHSM_API bool cihsm_function_takes_bare(const char *name, const char *parameter);

/**
 * Compares the parameters of a call with the documentation.
 *
 * @param call  its path is the name of the function import
 * @retval CIHSM_OK           as documented, or the function import is not known
 * @retval CIHSM_E_NOT_FOUND  one is missing or not documented; a tenant may be newer, so take it as
 *                            a hint
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_function_check(const cihsm_request *call,
                                                            cihsm_error *err);

CIHSM_END_DECLS

#endif
