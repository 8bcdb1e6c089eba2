/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/service_key_report.h"

#include <string.h>

#include <openssl/err.h>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/certificate.h"
#include "identity/lint.h"
#include "identity/pem.h"
#include "identity/service_key_details.h"
#include "identity/service_key_fields.h"
#include "identity/service_key_plausible.h"

static const char COPY_AGAIN[] = "copy the service key again";

/* What the checks share; found and report are the caller's. */
typedef struct checking {
    const service_key_report_input *input;
    finding_list *found;
    service_key_report *report;
    const cihsm_value *object; /* has the fields */
    service_key_fields fields;
    bool is_malformed; /* a field could not be taken */
} checking;

void service_key_report_free(service_key_report *of)
{
    identity_chain_free(&of->chain);
    cihsm_service_key_free(&of->key);
}

/* Makes a finding of a failure that is the file's fault; others end the check. */
static cihsm_status take_failure(checking *of, const char *code, cihsm_error *why, cihsm_error *err)
{
    if (why->status != CIHSM_E_CONFIG) {
        return cihsm_fail(err, why->status, why->origin, why->native, "%s", why->message);
    }
    char *advice = strstr(why->message, "; copy the service key again");
    if (advice != NULL) {
        *advice = '\0'; /* it is the action */
    }
    return finding_add(of->found, IDENTITY_FATAL, code, COPY_AGAIN, err, "%s", why->message);
}

/* --- fields -------------------------------------------------------------------------------- */

static cihsm_status take_fields(checking *of, cihsm_error *err)
{
    const struct {
        const char *name;
        const char **field;
    } rows[] = {
        {"url", &of->fields.url},
        {"tokenurl", &of->fields.token_url},
        {"clientid", &of->fields.client_id},
        {"clientsecret", &of->fields.client_secret},
        {"certificate", &of->fields.certificate},
        {"key", &of->fields.key},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cihsm_error why = {0};
        if (service_key_field(of->object, rows[i].name, of->input->path, rows[i].field, &why) !=
            CIHSM_OK) {
            *rows[i].field = NULL;
            of->is_malformed = true;
            CIHSM_TRY(take_failure(of, "field-malformed", &why, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status take_url(checking *of, const char *name, const char *url, char **out,
                             cihsm_error *err)
{
    cihsm_error why = {0};
    if (url == NULL) {
        return CIHSM_OK;
    }
    if (service_key_check_url(url, name, of->input->path, &why) != CIHSM_OK) {
        return take_failure(of, "url-malformed", &why, err);
    }
    return text_set(out, url, err);
}

static cihsm_status miss(checking *of, identity_level level, const char *name, cihsm_error *err)
{
    return finding_add(of->found, level, "field-missing", COPY_AGAIN, err,
                       "the field %s is missing%s", name,
                       level == IDENTITY_WARN ? ", OAuth needs it" : "");
}

/* The fields of section 2.3 that are there for every type. */
static cihsm_status check_missing(checking *of, cihsm_error *err)
{
    const bool is_secret = of->report->key->kind == CIHSM_SERVICE_KEY_SECRET;
    const identity_level level = is_secret ? IDENTITY_FATAL : IDENTITY_WARN;
    if (of->is_malformed) {
        return CIHSM_OK; /* said already */
    }
    if (of->fields.url == NULL) {
        CIHSM_TRY(miss(of, IDENTITY_FATAL, "url", err));
    }
    if (of->fields.token_url == NULL) {
        CIHSM_TRY(miss(of, level, "tokenurl", err));
    }
    return of->fields.client_id == NULL ? miss(of, level, "clientid", err) : CIHSM_OK;
}

static cihsm_status check_urls(checking *of, cihsm_error *err)
{
    cihsm_service_key *key = of->report->key;
    CIHSM_TRY(take_url(of, "url", of->fields.url, &key->url, err));
    CIHSM_TRY(take_url(of, "tokenurl", of->fields.token_url, &key->token_url, err));
    CIHSM_TRY(text_set(&key->client_id, of->fields.client_id, err));
    return service_key_check_hosts(key, of->found, err);
}

static cihsm_status take_credentials(checking *of, cihsm_error *err)
{
    cihsm_service_key *key = of->report->key;
    cihsm_error why = {0};
    if (key->kind == CIHSM_SERVICE_KEY_SECRET &&
        (of->fields.client_id == NULL || of->fields.token_url == NULL)) {
        return CIHSM_OK; /* said already */
    }
    if (service_key_take_credentials(&of->fields, key, &why) == CIHSM_OK) {
        return CIHSM_OK;
    }
    return take_failure(
        of, key->kind == CIHSM_SERVICE_KEY_SECRET ? "secret-unusable" : "certificate-unusable",
        &why, err);
}

/* --- certificate and chain ------------------------------------------------------------------ */

static bool holds(const STACK_OF(X509) * list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        if (certificate_same(sk_X509_value(list, i), certificate)) {
            return true;
        }
    }
    return false;
}

/* The chain that goes with the leaf: of the given file, else what the service key has. */
static cihsm_status build_chain(checking *of, cihsm_error *err)
{
    cihsm_service_key *key = of->report->key;
    const identity_bundle *given = of->input->chain;
    if (given == NULL || key->kind == CIHSM_SERVICE_KEY_CERTIFICATE) {
        return identity_chain_build(key->chain, key->leaf, &of->report->chain, err);
    }
    cihsm_error why = {0};
    X509 *leaf = holds(given->certificates, key->leaf) ? key->leaf : NULL;
    const cihsm_status status =
        identity_chain_build(given->certificates, leaf, &of->report->chain, &why);
    if (status == CIHSM_OK) {
        return CIHSM_OK;
    }
    if (status != CIHSM_E_CONFIG) {
        return cihsm_fail(err, status, why.origin, why.native, "%s", why.message);
    }
    CIHSM_TRY(finding_add(of->found, IDENTITY_FATAL, "chain-unusable",
                          "give the chain of the certificate in the service key", err,
                          "the chain file does not hold the certificate of the service key: %s",
                          why.message));
    return identity_chain_build(given->certificates, key->leaf, &of->report->chain, err);
}

/* Without a chain file the path is not known, which is no fault. */
static cihsm_status replace_path(finding_list *found, size_t from, cihsm_error *err)
{
    for (size_t i = from; i < found->count; i++) {
        if (text_equal(found->items[i].code, "issuer-missing")) {
            found->count--;
            memmove(&found->items[i], &found->items[i + 1],
                    (found->count - i) * sizeof *found->items);
            return finding_add(found, IDENTITY_INFO, "chain-not-checked",
                               "give it with --chain FILE", err,
                               "no chain file was given, so the chain was not checked");
        }
    }
    return CIHSM_OK;
}

static cihsm_status lint(checking *of, cihsm_error *err)
{
    const identity_bundle *given = of->input->chain;
    const size_t before = of->found->count;
    const bool is_external = of->report->key->kind == CIHSM_SERVICE_KEY_EXTERNAL;
    const identity_lint_input input = {
        .chain = of->report->chain,
        .pool = given != NULL && is_external ? given->certificates : NULL,
        .lb_roots = of->input->lb_roots,
        .registered = of->report->key->leaf,
        .has_private_key = given != NULL && is_external && given->has_private_key,
        .now = of->input->now,
        .warn_days = of->input->warn_days,
    };
    CIHSM_TRY(identity_lint(&input, of->found, err));
    return is_external && given == NULL ? replace_path(of->found, before, err) : CIHSM_OK;
}

static cihsm_status check_token_key(checking *of, cihsm_error *err)
{
    const EVP_PKEY *on_token = of->input->token_key;
    if (on_token == NULL) {
        return CIHSM_OK;
    }
    ERR_set_mark();
    const EVP_PKEY *registered = X509_get0_pubkey(of->report->key->leaf);
    const bool same = registered != NULL && EVP_PKEY_eq(registered, on_token) == 1;
    ERR_pop_to_mark();
    if (same) {
        return CIHSM_OK;
    }
    return finding_add(of->found, IDENTITY_FATAL, "token-key-differs",
                       "choose the key of the certificate with --key, or register its certificate",
                       err, "the certificate in the service key is not that of the key %.200s",
                       of->input->token_key_uri);
}

static cihsm_status check_certificate(checking *of, cihsm_error *err)
{
    const X509 *leaf = of->report->key->leaf;
    const bool is_secret = of->report->key->kind == CIHSM_SERVICE_KEY_SECRET;
    if (is_secret && (of->input->chain != NULL || of->input->token_key != NULL)) {
        return finding_add(of->found, IDENTITY_INFO, "nothing-to-compare",
                           "chain and token key belong to keys of other types", err,
                           "a ClientId/Secret key has no certificate, so it was compared with "
                           "nothing");
    }
    if (leaf == NULL) {
        return CIHSM_OK;
    }
    const cihsm_value *details = cihsm_value_get(of->object, "certificatedetails");
    CIHSM_TRY(service_key_check_details(details, leaf, of->found, err));
    CIHSM_TRY(build_chain(of, err));
    CIHSM_TRY(lint(of, err));
    return check_token_key(of, err);
}

/* --- all ------------------------------------------------------------------------------------ */

static cihsm_status check_file(checking *of, cihsm_error *err)
{
    finding_list rest = {.items = of->found->items + of->found->count,
                         .room = of->found->room - of->found->count};
    size_t count = rest.room;
    CIHSM_TRY(service_key_check(of->report->key, rest.items, &count, err));
    of->found->count += count;
    return CIHSM_OK;
}

static cihsm_status check_all(checking *of, cihsm_error *err)
{
    cihsm_service_key *key = of->report->key;
    cihsm_error why = {0};
    CIHSM_TRY(take_fields(of, err));
    const cihsm_status typed =
        service_key_choose_kind(&of->fields, of->input->path, &key->kind, &why);
    CIHSM_TRY(check_missing(of, err));
    CIHSM_TRY(check_urls(of, err));
    if (typed != CIHSM_OK) {
        return of->is_malformed ? CIHSM_OK : take_failure(of, "type-unclear", &why, err);
    }
    of->report->has_type = true;
    CIHSM_TRY(take_credentials(of, err));
    CIHSM_TRY(check_certificate(of, err));
    return check_file(of, err);
}

cihsm_status service_key_report_make(const service_key_report_input *input, finding_list *found,
                                     service_key_report *out, cihsm_error *err)
{
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(PEM_FILE_MAX);
    CIHSM_TRY(file_read(input->path, "service key", &text, err));
    CIHSM_AUTO(json_free_wiped) cihsm_value *document = NULL;
    CIHSM_TRY(service_key_document(buffer_text(&text), text.len, input->path, &document, err));
    checking of = {.input = input, .found = found, .report = out};
    CIHSM_TRY(service_key_object(document, input->path, &of.object, err));
    CIHSM_TRY(service_key_new(input->path, &out->key, err));
    out->key->readable_by_others = service_key_is_readable_by_others(input->path);
    return check_all(&of, err);
}
