/* SPDX-License-Identifier: Apache-2.0 */
#include "client/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cihsm/scope.h"

typedef struct wrapped {
    cihsm_signer inner;
    char *key_uri;
    char *serial;
    char *purpose;
    const char *const *host; /* borrowed; NULL: purpose counts */
    const cihsm_log *log;
} wrapped;

static const char *const SCHEMES[] = {
    [CIHSM_RSA_PKCS1] = "rsa-pkcs1", [CIHSM_RSA_PSS] = "rsa-pss", [CIHSM_ECDSA] = "ecdsa"};
static const char *const DIGESTS[] = {
    [CIHSM_SHA256] = "sha256", [CIHSM_SHA384] = "sha384", [CIHSM_SHA512] = "sha512"};

void signing_release(cihsm_signer *signer)
{
    if (signer->release != NULL) {
        signer->release(signer->context);
    }
    *signer = (cihsm_signer){0};
}

unsigned long signing_lookups(const cihsm_signer *signer)
{
    return signer->lookups == NULL ? 0 : signer->lookups(signer->context);
}

static void wrapped_free(wrapped **self)
{
    if (*self == NULL) {
        return;
    }
    signing_release(&(*self)->inner);
    free((*self)->key_uri);
    free((*self)->serial);
    free((*self)->purpose);
    free(*self);
    *self = NULL;
}

static void release(void *context)
{
    wrapped *self = context;
    wrapped_free(&self);
}

static void record(const wrapped *self, const cihsm_sign_request *request, cihsm_status status)
{
    char when[sizeof "2026-01-01T00:00:00Z"] = "";
    struct tm utc;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &utc) != NULL) {
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    log_line(self->log, CIHSM_LOG_INFO, "token",
             "signature time=%s key=%s certificate=%s for=%s scheme=%s-%s result=%s", when,
             self->key_uri, self->serial[0] == '\0' ? "-" : self->serial,
             self->host == NULL ? self->purpose : *self->host, SCHEMES[request->scheme],
             DIGESTS[request->digest], status == CIHSM_OK ? "ok" : cihsm_status_name(status));
}

static cihsm_status sign(void *context, const cihsm_sign_request *request, uint8_t *sig,
                         size_t *sig_len, cihsm_error *err)
{
    const wrapped *self = context;
    const cihsm_status status = self->inner.sign(self->inner.context, request, sig, sig_len, err);
    record(self, request, status);
    return status;
}

static unsigned long lookups(void *context)
{
    const wrapped *self = context;
    return signing_lookups(&self->inner);
}

cihsm_status signing_wrap(cihsm_signer inner, const signing_record *record_of, cihsm_signer *out,
                          cihsm_error *err)
{
    CIHSM_AUTO(wrapped_free) wrapped *self = calloc(1, sizeof *self);
    if (self == NULL) {
        signing_release(&inner);
        return cihsm_fail_memory(err);
    }
    self->inner = inner;
    self->log = record_of->log;
    self->host = record_of->host;
    CIHSM_TRY(text_set(&self->key_uri, record_of->key_uri, err));
    CIHSM_TRY(text_set(&self->serial, record_of->serial, err));
    CIHSM_TRY(text_set(&self->purpose, record_of->purpose, err));
    *out = (cihsm_signer){
        .sign = sign, .release = release, .context = CIHSM_MOVE(self), .lookups = lookups};
    return CIHSM_OK;
}
