/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates on a token: list, check, export.
 */
#include "client/certificate_token.h"

#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/key.h"
#include "cihsm/scope.h"
#include "client/certificate_report.h"
#include "pkcs11/certificate_uri.h"
#include "pkcs11/key.h"
#include "pkcs11/key_list.h"

cihsm_status certificate_token_pool(const pkcs11_certificate_list *from, identity_bundle *to,
                                    cihsm_error *err)
{
    for (size_t i = 0; i < from->count; i++) {
        CIHSM_TRY(bundle_add(to, from->entries[i].certificate, err));
    }
    return CIHSM_OK;
}

static bool has_id(const pkcs11_certificate *of, const cihsm_key_info *key)
{
    return key->id_len > 0 && key->id_len == of->id_len &&
           memcmp(key->id, of->id, key->id_len) == 0;
}

static const char *key_of(const cihsm_key_list *keys, const pkcs11_certificate *certificate)
{
    for (size_t i = 0; i < cihsm_key_list_count(keys); i++) {
        const cihsm_key_info *key = cihsm_key_list_at(keys, i);
        if (has_id(certificate, key)) {
            return key->uri;
        }
    }
    return NULL;
}

/* A token and what was read of it. */
typedef struct token_view {
    cihsm_token *token;
    pkcs11_certificate_list certificates;
    cihsm_key_list *keys;
} token_view;

static void view_free(token_view *of)
{
    pkcs11_certificate_list_free(&of->certificates);
    cihsm_key_list_free(&of->keys);
}

static cihsm_status append_row(const token_view *view, size_t at, long warn_days, cihsm_value *list,
                               cihsm_error *err)
{
    const pkcs11_certificate *entry = &view->certificates.entries[at];
    char id[2 * CIHSM_KEY_ID_MAX + 1];
    text_hex(id, entry->id, entry->id_len);
    CIHSM_AUTO(text_free) char *uri = NULL;
    CIHSM_TRY(pkcs11_certificate_uri(view->token, entry, &uri, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
    CIHSM_TRY(
        certificate_row(entry->certificate, cihsm_token_uri(view->token), warn_days, &row, err));
    CIHSM_TRY(cihsm_value_set_string(row, "id", id, err));
    CIHSM_TRY(cihsm_value_set_string(row, "label", entry->label, err));
    CIHSM_TRY(cihsm_value_set_string(row, "key", key_of(view->keys, entry), err));
    CIHSM_TRY(cihsm_value_set_string(row, "uri", uri, err));
    return cihsm_value_append(list, &row, err);
}

cihsm_status cihsm_certificate_list_token(cihsm_token *token, long warn_days, cihsm_value **out,
                                          cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(view_free) token_view view = {.token = token};
    CIHSM_TRY(pkcs11_certificate_list_read(token, &view.certificates, err));
    CIHSM_TRY(cihsm_key_list_fetch(token, NULL, &view.keys, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < view.certificates.count; i++) {
        CIHSM_TRY(append_row(&view, i, warn_days, list, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}

/* What the token does not tell is not compared. */
static bool is_of_key(X509 *certificate, const EVP_PKEY *key)
{
    ERR_set_mark();
    const EVP_PKEY *own = X509_get0_pubkey(certificate);
    const bool same = key == NULL || (own != NULL && EVP_PKEY_eq(own, key) == 1);
    ERR_pop_to_mark();
    return same;
}

static X509 *longest_valid(const token_view *view, const cihsm_key_info *info, const EVP_PKEY *key)
{
    X509 *best = NULL;
    for (size_t i = 0; i < view->certificates.count; i++) {
        const pkcs11_certificate *entry = &view->certificates.entries[i];
        if (has_id(entry, info) && is_of_key(entry->certificate, key) &&
            (best == NULL || ASN1_TIME_compare(X509_get0_notAfter(entry->certificate),
                                               X509_get0_notAfter(best)) > 0)) {
            best = entry->certificate;
        }
    }
    return best;
}

/* The leaf of the one key that the URI selects. */
static cihsm_status leaf_of_key(const token_view *view, const char *uri, X509 **out,
                                cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_key_free) pkcs11_key *key = NULL;
    CIHSM_TRY(pkcs11_key_find(view->token, uri, &key, err)); /* tells none from several */
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    CIHSM_TRY(pkcs11_key_describe(key, &keys, err));
    CIHSM_AUTO(pkey_cleanup) EVP_PKEY *public_key = NULL;
    CIHSM_TRY(pkcs11_key_list_public(view->token, keys, 0, &public_key, err));
    *out = longest_valid(view, cihsm_key_list_at(keys, 0), public_key);
    if (*out == NULL) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "the token holds no certificate of %s; store it with \"cihsm cert "
                                "import FILE\"",
                                pkcs11_key_uri(key));
    }
    return CIHSM_OK;
}

/* NULL in *out leaves the choice to the builder of the chain. */
static cihsm_status choose_leaf(const token_view *view, const cihsm_certificate_choice *choice,
                                X509 **out, cihsm_error *err)
{
    *out = NULL;
    if (choice->certificate != NULL) {
        size_t at = 0;
        CIHSM_TRY(pkcs11_certificate_find(view->token, &view->certificates, choice->certificate,
                                          &at, err));
        *out = view->certificates.entries[at].certificate;
        return CIHSM_OK;
    }
    return choice->key == NULL ? CIHSM_OK : leaf_of_key(view, choice->key, out, err);
}

static cihsm_status chain_of(cihsm_token *token, const cihsm_certificate_choice *choice,
                             identity_bundle *pool, identity_chain **out, cihsm_error *err)
{
    CIHSM_AUTO(view_free) token_view view = {.token = token};
    CIHSM_TRY(pkcs11_certificate_list_read(token, &view.certificates, err));
    X509 *leaf = NULL;
    CIHSM_TRY(choose_leaf(&view, choice, &leaf, err));
    CIHSM_TRY(certificate_token_pool(&view.certificates, pool, err));
    cihsm_error why = {0};
    const cihsm_status status = identity_chain_build(pool->certificates, leaf, out, &why);
    CIHSM_TRY_MEMORY(status, err);
    if (status != CIHSM_OK) {
        return cihsm_fail(err, CIHSM_E_TOKEN, why.origin, why.native,
                          "%s: %s; choose one with --key or --cert, \"cihsm cert list\" shows them",
                          cihsm_token_uri(token), why.message);
    }
    (*out)->unused = 0; /* other certificates have their place on a token */
    return CIHSM_OK;
}

cihsm_status cihsm_certificate_check_token(cihsm_token *token,
                                           const cihsm_certificate_choice *choice,
                                           const cihsm_certificate_rules *rules, cihsm_value **out,
                                           cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(certificate_rules_free) certificate_rules known = {.service_key = NULL};
    CIHSM_TRY(certificate_rules_read(rules, &known, err));
    CIHSM_AUTO(bundle_free) identity_bundle pool = {.certificates = NULL};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(chain_of(token, choice, &pool, &chain, err));

    size_t errors = 0;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = cihsm_value_new_object();
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(report, "source", cihsm_token_uri(token), err));
    CIHSM_TRY(certificate_put_chain(chain, report, err));
    CIHSM_TRY(certificate_put_findings(chain, &pool, &known, report, &errors, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}

cihsm_status cihsm_certificate_export(cihsm_token *token, const cihsm_certificate_choice *choice,
                                      cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(bundle_free) identity_bundle pool = {.certificates = NULL};
    CIHSM_AUTO(identity_chain_free) identity_chain *chain = NULL;
    CIHSM_TRY(chain_of(token, choice, &pool, &chain, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = cihsm_value_new_object();
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(certificate_put_pem(chain, report, err));
    CIHSM_TRY(certificate_put_chain(chain, report, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}
