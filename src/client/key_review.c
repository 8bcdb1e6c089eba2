/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_key_review: keys and certificates of a token compared with each other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/key.h"
#include "cihsm/scope.h"
#include "identity/certificate.h"
#include "pkcs11/certificate.h"
#include "pkcs11/key_list.h"

typedef struct relative {
    cihsm_key_certificate shown; /* borrows from below */
    char *subject;
    char *serial;
    char not_after[CERTIFICATE_TIME_MAX];
} relative;

typedef struct entry {
    unsigned problems;
    relative *relatives;
    size_t count;
} entry;

struct cihsm_key_review {
    cihsm_key_list *keys;
    entry *entries; /* one a key */
};

/* What all keys are compared with. */
typedef struct surroundings {
    cihsm_token *token;
    const cihsm_key_list *all; /* private keys of the token, whatever was asked for */
    const pkcs11_certificate_list *certificates;
} surroundings;

static bool same_id(const cihsm_key_info *key, const uint8_t *id, size_t len)
{
    return len > 0 && key->id_len == len && memcmp(key->id, id, len) == 0;
}

static cihsm_status add_relative(entry *to, const pkcs11_certificate *certificate, bool by_id,
                                 cihsm_tristate by_key, cihsm_error *err)
{
    relative *made = &to->relatives[to->count++];
    CIHSM_TRY(certificate_subject(certificate->certificate, &made->subject, err));
    CIHSM_TRY(certificate_serial(certificate->certificate, &made->serial, err));
    CIHSM_TRY(certificate_time(X509_get0_notAfter(certificate->certificate), made->not_after, err));
    made->shown =
        (cihsm_key_certificate){made->subject, made->serial, made->not_after, by_id, by_key};
    return CIHSM_OK;
}

static cihsm_tristate same_key(EVP_PKEY *public_key, const X509 *certificate)
{
    const EVP_PKEY *other = X509_get0_pubkey(certificate);
    if (public_key == NULL || other == NULL) {
        return CIHSM_UNKNOWN;
    }
    return EVP_PKEY_eq(public_key, other) == 1 ? CIHSM_YES : CIHSM_NO;
}

static cihsm_status find_relatives(const surroundings *in, const cihsm_key_info *key,
                                   EVP_PKEY *public_key, entry *to, cihsm_error *err)
{
    to->relatives = calloc(in->certificates->count + 1, sizeof *to->relatives);
    if (to->relatives == NULL) {
        return cihsm_fail_memory(err);
    }
    bool fits = false;
    for (size_t i = 0; i < in->certificates->count; i++) {
        const pkcs11_certificate *certificate = &in->certificates->entries[i];
        const bool by_id = same_id(key, certificate->id, certificate->id_len);
        const cihsm_tristate by_key = same_key(public_key, certificate->certificate);
        if (!by_id && by_key != CIHSM_YES) {
            continue;
        }
        CIHSM_TRY(add_relative(to, certificate, by_id, by_key, err));
        fits = fits || by_key != CIHSM_NO;
        to->problems |= by_key == CIHSM_NO ? (unsigned)CIHSM_KEY_OTHER_CERTIFICATE : 0;
    }
    to->problems |= fits ? 0 : (unsigned)CIHSM_KEY_NO_CERTIFICATE;
    return CIHSM_OK;
}

static unsigned problems_alone(const cihsm_key_info *key)
{
    unsigned found = 0;
    found |= key->extractable == CIHSM_YES ? (unsigned)CIHSM_KEY_EXTRACTABLE : 0;
    found |= key->sensitive == CIHSM_NO ? (unsigned)CIHSM_KEY_NOT_SENSITIVE : 0;
    found |= key->sign == CIHSM_NO ? (unsigned)CIHSM_KEY_NO_SIGN : 0;
    found |= key->local == CIHSM_NO ? (unsigned)CIHSM_KEY_NOT_LOCAL : 0;
    found |= key->id_len == 0 ? (unsigned)CIHSM_KEY_NO_ID : 0;
    return found;
}

static unsigned problems_among(const cihsm_key_list *all, const cihsm_key_info *key)
{
    size_t ids = 0;
    size_t labels = 0;
    for (size_t i = 0; i < cihsm_key_list_count(all); i++) {
        const cihsm_key_info *other = cihsm_key_list_at(all, i);
        ids += same_id(key, other->id, other->id_len);
        labels += key->label[0] != '\0' && strcmp(key->label, other->label) == 0;
    }
    return (ids > 1 ? (unsigned)CIHSM_KEY_DUPLICATE_ID : 0) |
           (labels > 1 ? (unsigned)CIHSM_KEY_DUPLICATE_LABEL : 0);
}

static cihsm_status review_key(const surroundings *in, const cihsm_key_list *keys, size_t at,
                               entry *to, cihsm_error *err)
{
    const cihsm_key_info *key = cihsm_key_list_at(keys, at);
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    CIHSM_TRY(pkcs11_key_list_public(in->token, keys, at, &public_key, err));
    to->problems = problems_alone(key) | problems_among(in->all, key);
    return find_relatives(in, key, public_key, to, err);
}

static cihsm_status review_all(const surroundings *in, cihsm_key_review *review, cihsm_error *err)
{
    const size_t count = cihsm_key_list_count(review->keys);
    review->entries = calloc(count + 1, sizeof *review->entries);
    if (review->entries == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        CIHSM_TRY(review_key(in, review->keys, i, &review->entries[i], err));
    }
    return CIHSM_OK;
}

cihsm_status cihsm_key_review_make(cihsm_token *token, const char *uri, cihsm_key_review **out,
                                   cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_key_review_free) cihsm_key_review *review = calloc(1, sizeof *review);
    if (review == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *all = NULL;
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list certificates = {.count = 0};
    CIHSM_TRY(cihsm_key_list_fetch(token, uri, &review->keys, err));
    CIHSM_TRY(cihsm_key_list_fetch(token, NULL, &all, err));
    CIHSM_TRY(pkcs11_certificate_list_read(token, &certificates, err));
    const surroundings in = {token, all, &certificates};
    CIHSM_TRY(review_all(&in, review, err));
    *out = CIHSM_MOVE(review);
    return CIHSM_OK;
}

const cihsm_key_list *cihsm_key_review_keys(const cihsm_key_review *review)
{
    return review->keys;
}

unsigned cihsm_key_review_problems(const cihsm_key_review *review, size_t at)
{
    return at < cihsm_key_list_count(review->keys) ? review->entries[at].problems : 0;
}

const cihsm_key_certificate *cihsm_key_review_certificate(const cihsm_key_review *review, size_t at,
                                                          size_t nth)
{
    if (at >= cihsm_key_list_count(review->keys) || nth >= review->entries[at].count) {
        return NULL;
    }
    return &review->entries[at].relatives[nth].shown;
}

static void entry_free(entry *of)
{
    for (size_t i = 0; i < of->count; i++) {
        text_free(&of->relatives[i].subject);
        text_free(&of->relatives[i].serial);
    }
    free(of->relatives);
}

void cihsm_key_review_free(cihsm_key_review **of)
{
    if (of == NULL || *of == NULL) {
        return;
    }
    cihsm_key_review *review = *of;
    const size_t count = review->entries == NULL ? 0 : cihsm_key_list_count(review->keys);
    for (size_t i = 0; i < count; i++) {
        entry_free(&review->entries[i]);
    }
    free(review->entries);
    cihsm_key_list_free(&review->keys);
    free(review);
    *of = NULL;
}

const char *cihsm_key_problem_text(cihsm_key_problem problem)
{
    switch (problem) {
    case CIHSM_KEY_EXTRACTABLE:
        return "can leave the token";
    case CIHSM_KEY_NOT_SENSITIVE:
        return "can be read in the clear";
    case CIHSM_KEY_NO_SIGN:
        return "may not sign";
    case CIHSM_KEY_DUPLICATE_ID:
        return "another key has its id";
    case CIHSM_KEY_DUPLICATE_LABEL:
        return "another key has its label";
    case CIHSM_KEY_NO_ID:
        return "has no id";
    case CIHSM_KEY_NO_CERTIFICATE:
        return "no certificate on the token";
    case CIHSM_KEY_OTHER_CERTIFICATE:
        return "a certificate of its id belongs to another key";
    case CIHSM_KEY_NOT_LOCAL:
        return "the token does not say that it made it";
    }
    return "unknown problem";
}
