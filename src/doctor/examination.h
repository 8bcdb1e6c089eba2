/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor/examination - what the layers share: the rows of the report, and what lower layers opened
 * for higher ones. Owns all of it but configuration and options, which are borrowed.
 */
#ifndef DOCTOR_EXAMINATION_H
#define DOCTOR_EXAMINATION_H

#include "cihsm/doctor.h"
#include "cihsm/token_admin.h"
#include "client/credentials.h"
#include "doctor/exchange.h"
#include "identity/bundle.h"
#include "identity/finding.h"
#include "pkcs11/call.h"
#include "pkcs11/key.h"

/** From the bottom. */
typedef enum doctor_layer {
    DOCTOR_CONFIGURATION = 0,
    DOCTOR_MODULE,
    DOCTOR_TOKEN,
    DOCTOR_PIN,
    DOCTOR_LOGIN,
    DOCTOR_KEY,
    DOCTOR_MECHANISMS,
    DOCTOR_CERTIFICATE,
    DOCTOR_LINT,
    DOCTOR_CHAIN,
    DOCTOR_SERVICE_KEY,
    DOCTOR_PROXY,
    DOCTOR_CONNECT,
    DOCTOR_INTERCEPTION,
    DOCTOR_TLS,
    DOCTOR_OAUTH,
    DOCTOR_HTTP,
    DOCTOR_ROLE,
    DOCTOR_CSRF,
    DOCTOR_CLOCK,
    DOCTOR_LAYER_COUNT
} doctor_layer;

typedef enum doctor_state {
    DOCTOR_OK = 0,
    DOCTOR_WARN,
    DOCTOR_FAIL,
    DOCTOR_BLOCKED, /**< skipped: a layer that it needs failed */
    DOCTOR_UNNEEDED /**< skipped: nothing to look at; no other layer minds */
} doctor_state;

typedef struct doctor_row {
    doctor_state state;
    char what[CIHSM_ERROR_MESSAGE_MAX];
    char action[CIHSM_ERROR_MESSAGE_MAX]; /**< "": nothing to do */
    double milliseconds;
} doctor_row;

typedef struct examination {
    const cihsm_client_config *config;
    const cihsm_doctor_options *options;
    cihsm_token_config token_config;
    doctor_row rows[DOCTOR_LAYER_COUNT];

    credentials *identity;    /**< filled from layer to layer */
    pkcs11_link link;         /**< keeps the module loaded */
    cihsm_token_report *told; /**< by the token, before the login */
    cihsm_token *token;
    pkcs11_key *key;      /**< until the identity takes it */
    identity_bundle pool; /**< certificates of the chain file, or of the token */
    identity_finding findings[IDENTITY_FINDINGS_MAX];
    finding_list found; /**< by the lint */
    exchange asked;     /**< the one request */
} examination;

/** @param out  zeroed; free with examination_free in every case */
CIHSM_NODISCARD cihsm_status examination_begin(examination *out, const cihsm_client_config *config,
                                               const cihsm_doctor_options *options,
                                               cihsm_error *err);

void examination_free(examination *of);

/** True if the service key is of the type whose private key is on a token. */
bool examination_uses_token(const examination *of);

/** True if a certificate belongs to the service key. */
bool examination_has_certificate(const examination *of);

#endif
