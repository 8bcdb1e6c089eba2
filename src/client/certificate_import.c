/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm_certificate_import: from the file of a CA to the chain on the token.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/certificate.h"
#include "cihsm/scope.h"
#include "client/certificate_match.h"
#include "client/certificate_report.h"
#include "client/certificate_token.h"
#include "identity/certificate.h"
#include "token/store.h"

/* What is read and found before anything is stored. */
typedef struct import_plan {
    certificate_rules rules;
    identity_bundle delivered; /* the file */
    identity_bundle pool;      /* the file and what is on the token */
    certificate_match match;
    identity_chain *chain;
} import_plan;

static void plan_free(import_plan *of)
{
    identity_chain_free(&of->chain);
    certificate_match_free(&of->match);
    bundle_free(&of->pool);
    bundle_free(&of->delivered);
    certificate_rules_free(&of->rules);
}

static cihsm_status read_files(const cihsm_import_spec *spec, import_plan *plan, cihsm_error *err)
{
    CIHSM_TRY(certificate_rules_read(&spec->rules, &plan->rules, err));
    if (spec->bytes == NULL) {
        return bundle_read_file(spec->path, "certificate file", &plan->delivered, err);
    }
    CIHSM_AUTO(text_free) char *where = NULL;
    CIHSM_TRY(text_format(&where, err, "certificate file %s", spec->path));
    return bundle_read(spec->bytes, spec->len, where, &plan->delivered, err);
}

cihsm_status cihsm_import_spec_check(const cihsm_import_spec *spec, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(plan_free) import_plan plan = {.chain = NULL};
    return read_files(spec, &plan, err);
}

/* An intermediate that came with an earlier certificate completes the chain of a lone leaf. */
static cihsm_status make_pool(cihsm_token *token, import_plan *plan, cihsm_error *err)
{
    CIHSM_AUTO(pkcs11_certificate_list_free) pkcs11_certificate_list stored = {.count = 0};
    CIHSM_TRY(pkcs11_certificate_list_read(token, &stored, err));
    for (int i = 0; i < sk_X509_num(plan->delivered.certificates); i++) {
        CIHSM_TRY(bundle_add(&plan->pool, sk_X509_value(plan->delivered.certificates, i), err));
    }
    plan->pool.has_private_key = plan->delivered.has_private_key;
    return certificate_token_pool(&stored, &plan->pool, err);
}

/* Only of the file: other certificates have their place on a token. */
static size_t count_unused(const import_plan *plan)
{
    size_t unused = 0;
    for (int i = 0; i < sk_X509_num(plan->delivered.certificates); i++) {
        unused += !identity_chain_has(plan->chain, sk_X509_value(plan->delivered.certificates, i));
    }
    return unused;
}

static cihsm_status make_plan(cihsm_token *token, const cihsm_import_spec *spec, import_plan *plan,
                              cihsm_error *err)
{
    CIHSM_TRY(read_files(spec, plan, err));
    CIHSM_TRY(
        certificate_match_find(token, spec->key, &plan->delivered, spec->path, &plan->match, err));
    CIHSM_TRY(make_pool(token, plan, err));
    CIHSM_TRY(identity_chain_build(plan->pool.certificates, plan->match.leaf, &plan->chain, err));
    plan->chain->unused = count_unused(plan);
    return CIHSM_OK;
}

/* One certificate with the names it gets on the token. */
typedef struct store_item {
    X509 *certificate;
    uint8_t id[CIHSM_KEY_ID_MAX];
    size_t id_len;
    char *label;
    bool added;
} store_item;

/* Root side first and the leaf last: a leaf on the token has its chain there. */
typedef struct store_list {
    store_item items[IDENTITY_CHAIN_MAX + 1];
    size_t count;
} store_list;

static void store_list_free(store_list *of)
{
    for (size_t i = 0; i < of->count; i++) {
        text_free(&of->items[i].label);
    }
    of->count = 0;
}

static cihsm_status use_id(store_item *of, const unsigned char *id, size_t len, cihsm_error *err)
{
    if (len == 0 || len > sizeof of->id) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN, "an id of %zu bytes cannot be stored", len);
    }
    memcpy(of->id, id, len);
    of->id_len = len;
    return CIHSM_OK;
}

/* The subject key identifier, or what RFC 5280 section 4.2.1.2 (1) makes of the key. */
static cihsm_status use_key_identifier(store_item *of, cihsm_error *err)
{
    const ASN1_OCTET_STRING *told = X509_get0_subject_key_id(of->certificate);
    if (told != NULL && ASN1_STRING_length(told) > 0 &&
        (size_t)ASN1_STRING_length(told) <= sizeof of->id) {
        return use_id(of, ASN1_STRING_get0_data(told), (size_t)ASN1_STRING_length(told), err);
    }
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (X509_pubkey_digest(of->certificate, EVP_sha1(), hash, &len) != 1) {
        return cihsm_fail_openssl(err, CIHSM_E_CONFIG, "cannot hash the key of a certificate");
    }
    return use_id(of, hash, len, err);
}

static cihsm_status add_intermediate(store_list *to, X509 *certificate, cihsm_error *err)
{
    store_item *item = &to->items[to->count++];
    *item = (store_item){.certificate = certificate};
    CIHSM_TRY(use_key_identifier(item, err));
    CIHSM_TRY(certificate_common_name(certificate, &item->label, err));
    return item->label != NULL ? CIHSM_OK : certificate_subject(certificate, &item->label, err);
}

static cihsm_status add_leaf(store_list *to, const certificate_match *match, cihsm_error *err)
{
    if (match->key->id_len == 0) {
        return cihsm_fail_plain(err, CIHSM_E_TOKEN,
                                "key %s has no id that ties a certificate to it; write the chain "
                                "to a file with --out",
                                match->key->uri);
    }
    store_item *item = &to->items[to->count++];
    *item = (store_item){.certificate = match->leaf};
    CIHSM_TRY(use_id(item, match->key->id, match->key->id_len, err));
    return text_set(&item->label, match->key->label, err);
}

static cihsm_status make_list(const import_plan *plan, store_list *out, cihsm_error *err)
{
    const STACK_OF(X509) *intermediates = plan->chain->intermediates;
    for (int i = sk_X509_num(intermediates) - 1; i >= 0; i--) {
        CIHSM_TRY(add_intermediate(out, sk_X509_value(intermediates, i), err));
    }
    return add_leaf(out, &plan->match, err);
}

/* Takes back what was stored; the labels of what stays go to @p left. */
static void take_back(cihsm_token *token, const store_list *list, size_t end, buffer *left)
{
    for (size_t i = end; i-- > 0;) {
        const store_item *item = &list->items[i];
        const cihsm_status removed =
            item->added ? token_remove_certificate(token, item->certificate, item->id, item->id_len,
                                                   NULL, NULL)
                        : CIHSM_E_NOT_FOUND;
        if (removed == CIHSM_OK || removed == CIHSM_E_NOT_FOUND) {
            continue;
        }
        CIHSM_AUTO(text_free) char *name = NULL;
        if (text_format(&name, NULL, "%s\"%.60s\"", left->len == 0 ? "" : ", ", item->label) !=
                CIHSM_OK ||
            buffer_append_text(left, name, NULL) != CIHSM_OK) {
            return; /* the message names those that it has room for */
        }
    }
}

static cihsm_status fail_stored(cihsm_token *token, const store_list *list, size_t end,
                                const cihsm_error *why, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer left = buffer_new(180);
    take_back(token, list, end, &left);
    if (left.len == 0) {
        return cihsm_fail(err, why->status, why->origin, why->native,
                          "%.300s; nothing of the import stays on the token", why->message);
    }
    return cihsm_fail(err, why->status, why->origin, why->native,
                      "%.260s; of the import these may be on the token: %s; run it again",
                      why->message, buffer_text(&left));
}

static cihsm_status store_all(cihsm_token *token, store_list *list, cihsm_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        store_item *item = &list->items[i];
        cihsm_error why = {0};
        if (token_store_certificate(token, item->certificate, item->id, item->id_len, item->label,
                                    &item->added, &why) != CIHSM_OK) {
            return fail_stored(token, list, i + 1, &why, err);
        }
    }
    return CIHSM_OK;
}

static cihsm_status append_stored(const store_item *item, cihsm_value *list, cihsm_error *err)
{
    char id[2 * CIHSM_KEY_ID_MAX + 1];
    text_hex(id, item->id, item->id_len);
    CIHSM_AUTO(text_free) char *subject = NULL;
    CIHSM_TRY(certificate_subject(item->certificate, &subject, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(row, "subject", subject, err));
    CIHSM_TRY(cihsm_value_set_string(row, "id", id, err));
    CIHSM_TRY(cihsm_value_set_bool(row, "added", item->added, err));
    return cihsm_value_append(list, &row, err);
}

static cihsm_status put_stored(const store_list *from, cihsm_value *to, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = from->count; i-- > 0;) { /* told leaf first */
        CIHSM_TRY(append_stored(&from->items[i], list, err));
    }
    return cihsm_value_set(to, "stored", &list, err);
}

static cihsm_status store_plan(cihsm_token *token, const import_plan *plan, bool dry,
                               cihsm_value *report, cihsm_error *err)
{
    CIHSM_AUTO(store_list_free) store_list list = {.count = 0};
    if (dry) {
        return put_stored(&list, report, err);
    }
    CIHSM_TRY(make_list(plan, &list, err));
    CIHSM_TRY(store_all(token, &list, err));
    cihsm_error why = {0};
    const cihsm_status status = put_stored(&list, report, &why);
    return status == CIHSM_OK
               ? CIHSM_OK
               : cihsm_fail(err, status, why.origin, why.native,
                            "all certificates are on the token, but: %s", why.message);
}

static cihsm_status make_report(const import_plan *plan, cihsm_value **out, size_t *errors,
                                cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = cihsm_value_new_object();
    if (report == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(report, "key", plan->match.key->uri, err));
    CIHSM_TRY(certificate_put_chain(plan->chain, report, err));
    CIHSM_TRY(
        certificate_put_findings(plan->chain, &plan->pool, &plan->rules, report, errors, err));
    CIHSM_TRY(certificate_put_pem(plan->chain, report, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}

static cihsm_status fail_lint(const char *path, const cihsm_value *report, size_t errors,
                              cihsm_error *err)
{
    const cihsm_value *first = cihsm_value_first(cihsm_value_get(report, "findings"));
    while (!text_equal(cihsm_value_get_string(first, "level"), "error")) {
        first = cihsm_value_next(first); /* there is one */
    }
    char more[64] = "";
    if (errors > 1) {
        snprintf(more, sizeof more, " (%zu more error%s)", errors - 1, errors == 2 ? "" : "s");
    }
    return cihsm_fail_plain(err, CIHSM_E_CHECK, "nothing was stored: %.100s: %.220s: %s%s", path,
                            cihsm_value_get_string(first, "sentence"),
                            cihsm_value_get_string(first, "action"), more);
}

cihsm_status cihsm_certificate_import(cihsm_token *token, const cihsm_import_spec *spec,
                                      cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(plan_free) import_plan plan = {.chain = NULL};
    CIHSM_TRY(make_plan(token, spec, &plan, err));
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    size_t errors = 0;
    CIHSM_TRY(make_report(&plan, &report, &errors, err));
    if (errors > 0) {
        *out = CIHSM_MOVE(report);
        return fail_lint(spec->path, *out, errors, err);
    }
    CIHSM_TRY(store_plan(token, &plan, spec->dry, report, err));
    *out = CIHSM_MOVE(report);
    return CIHSM_OK;
}
