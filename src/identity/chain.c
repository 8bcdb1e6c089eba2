/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/chain.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "identity/certificate.h"

#define LISTED_LEAVES_MAX 5 /* subjects in a message */

static bool issued_another(const STACK_OF(X509) * pool, X509 *issuer)
{
    for (int i = 0; i < sk_X509_num(pool); i++) {
        X509 *of = sk_X509_value(pool, i);
        if (!certificate_same(of, issuer) && certificate_issued(issuer, of)) {
            return true;
        }
    }
    return false;
}

static bool stands_before(const STACK_OF(X509) * pool, int end, const X509 *certificate)
{
    for (int i = 0; i < end; i++) {
        if (certificate_same(sk_X509_value(pool, i), certificate)) {
            return true;
        }
    }
    return false;
}

static cihsm_status fail_several(const buffer *subjects, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                            "there are several leaf certificates (%s); keep only your own",
                            buffer_text(subjects));
}

static cihsm_status append_subject(buffer *to, const X509 *of, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(of, &subject, err));
    CIHSM_AUTO(text_free) char *line = NULL;
    CIHSM_TRY(text_format(&line, err, "%s%.80s", to->len == 0 ? "" : "; ", subject));
    return buffer_append_text(to, line, err);
}

/* The only certificate that is no CA and issued no other. */
static cihsm_status find_leaf(const STACK_OF(X509) * pool, X509 **out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer subjects = buffer_new(2048);
    X509 *leaf = NULL;
    int leaves = 0;
    for (int i = 0; i < sk_X509_num(pool); i++) {
        X509 *candidate = sk_X509_value(pool, i);
        if (stands_before(pool, i, candidate) || X509_check_ca(candidate) != 0 ||
            issued_another(pool, candidate)) {
            continue;
        }
        leaf = candidate;
        leaves++;
        if (leaves <= LISTED_LEAVES_MAX) {
            CIHSM_TRY(append_subject(&subjects, candidate, err));
        }
    }
    if (leaves > 1) {
        return fail_several(&subjects, err);
    }
    if (leaf == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "there is no leaf certificate, only CA certificates; add the "
                                "certificate that was issued for your key");
    }
    *out = leaf;
    return CIHSM_OK;
}

static bool same_owner(const X509 *a, const X509 *b)
{
    const EVP_PKEY *left = X509_get0_pubkey(a);
    const EVP_PKEY *right = X509_get0_pubkey(b);
    return X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0 && left != NULL &&
           right != NULL && EVP_PKEY_eq(left, right) == 1;
}

static bool is_on_path(const identity_chain *chain, const X509 *certificate)
{
    if (same_owner(chain->leaf, certificate)) {
        return true;
    }
    for (int i = 0; i < sk_X509_num(chain->intermediates); i++) {
        if (same_owner(sk_X509_value(chain->intermediates, i), certificate)) {
            return true;
        }
    }
    return false;
}

/* Decides between two issuers of one certificate; the same whatever the order of the pool. */
static bool is_better(X509 *candidate, X509 *best)
{
    if (best == NULL) {
        return true;
    }
    const bool candidate_ends = certificate_is_self_signed(candidate);
    if (candidate_ends != certificate_is_self_signed(best)) {
        return !candidate_ends;
    }
    const int later = ASN1_TIME_compare(X509_get0_notAfter(candidate), X509_get0_notAfter(best));
    return later == 0 ? X509_cmp(candidate, best) < 0 : later > 0;
}

static X509 *issuer_of(const STACK_OF(X509) * pool, const identity_chain *chain, X509 *of)
{
    X509 *best = NULL;
    for (int i = 0; i < sk_X509_num(pool); i++) {
        X509 *candidate = sk_X509_value(pool, i);
        if (certificate_issued(candidate, of) && !is_on_path(chain, candidate) &&
            is_better(candidate, best)) {
            best = candidate;
        }
    }
    return best;
}

static cihsm_status add_intermediate(identity_chain *chain, X509 *certificate, cihsm_error *err)
{
    if (sk_X509_num(chain->intermediates) >= IDENTITY_CHAIN_MAX) {
        return cihsm_fail_plain(err, CIHSM_E_CONFIG,
                                "the chain has more than %d intermediate certificates",
                                IDENTITY_CHAIN_MAX);
    }
    if (sk_X509_push(chain->intermediates, certificate) == 0) {
        return cihsm_fail_memory(err);
    }
    X509_up_ref(certificate);
    return CIHSM_OK;
}

static cihsm_status climb(identity_chain *chain, const STACK_OF(X509) * pool, cihsm_error *err)
{
    X509 *current = chain->leaf;
    while (!certificate_is_self_signed(current)) {
        X509 *issuer = issuer_of(pool, chain, current);
        if (issuer == NULL) {
            return CIHSM_OK;
        }
        if (certificate_is_self_signed(issuer)) {
            X509_up_ref(issuer);
            chain->root = issuer;
            return CIHSM_OK;
        }
        CIHSM_TRY(add_intermediate(chain, issuer, err));
        current = issuer;
    }
    return CIHSM_OK;
}

bool identity_chain_has(const identity_chain *chain, const X509 *certificate)
{
    return certificate_same(certificate, chain->leaf) ||
           (chain->root != NULL && certificate_same(certificate, chain->root)) ||
           stands_before(chain->intermediates, sk_X509_num(chain->intermediates), certificate);
}

static size_t count_unused(const identity_chain *chain, const STACK_OF(X509) * pool)
{
    size_t unused = 0;
    for (int i = 0; i < sk_X509_num(pool); i++) {
        const X509 *certificate = sk_X509_value(pool, i);
        unused += !identity_chain_has(chain, certificate) && !stands_before(pool, i, certificate);
    }
    return unused;
}

static cihsm_status build(const STACK_OF(X509) * pool, X509 *leaf, identity_chain **out,
                          cihsm_error *err)
{
    if (leaf == NULL) {
        CIHSM_TRY(find_leaf(pool, &leaf, err));
    }
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = calloc(1, sizeof *chain);
    if (chain == NULL) {
        return cihsm_fail_memory(err);
    }
    chain->intermediates = sk_X509_new_null();
    if (chain->intermediates == NULL) {
        return cihsm_fail_memory(err);
    }
    X509_up_ref(leaf);
    chain->leaf = leaf;
    CIHSM_TRY(climb(chain, pool, err));
    chain->unused = count_unused(chain, pool);
    *out = CIHSM_MOVE(chain);
    return CIHSM_OK;
}

cihsm_status identity_chain_build(const STACK_OF(X509) * pool, X509 *leaf, identity_chain **out,
                                  cihsm_error *err)
{
    ERR_set_mark(); /* looking at odd certificates leaves entries in OpenSSL's queue */
    const cihsm_status status = build(pool, leaf, out, err);
    ERR_pop_to_mark();
    return status;
}

void identity_chain_free(identity_chain **chain)
{
    if (chain == NULL || *chain == NULL) {
        return;
    }
    X509_free((*chain)->leaf);
    x509_list_cleanup(&(*chain)->intermediates);
    X509_free((*chain)->root);
    free(*chain);
    *chain = NULL;
}
