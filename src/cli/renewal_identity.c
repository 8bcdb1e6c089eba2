/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a renewal up to the certificate on the token.
 */
#include <stdio.h>
#include <string.h>

#include "cli/btp.h"
#include "cli/cert_report.h"
#include "cli/key_options.h"
#include "cli/renewal.h"
#include "cli/report.h"
#include "cli/subject.h"

/* --- key -------------------------------------------------------------------------------------- */

/* The id in the form of a URI, and as bytes. */
typedef struct key_id {
    char uri[3 * CIHSM_KEY_ID_MAX + 32];
    uint8_t bytes[CIHSM_KEY_ID_MAX];
    size_t len;
} key_id;

static cihsm_status read_id(const renewal *of, key_id *out, cihsm_error *err)
{
    const char *hex = renewal_get(of, "keyId");
    if (hex == NULL || !cli_key_id_read(hex, out->bytes, &out->len)) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "%.300s names no id for the new key: begin anew with --restart", of->file);
    }
    size_t at = (size_t)snprintf(out->uri, sizeof out->uri, "pkcs11:id=");
    for (size_t i = 0; i < out->len; i++) {
        at += (size_t)snprintf(out->uri + at, sizeof out->uri - at, "%%%02X", out->bytes[i]);
    }
    return CIHSM_OK;
}

static cihsm_status generate(const renewal *of, cihsm_token *token, const key_id *id,
                             cihsm_key_list **out, cihsm_error *err)
{
    cihsm_key_spec spec = {
        .label = renewal_get(of, "keyLabel"), .id = id->bytes, .id_len = id->len};
    if (!cihsm_key_type_parse(renewal_get(of, "newKey"), &spec.type, &spec.bits)) {
        return cli_fail(err, CIHSM_E_CONFIG,
                        "%.300s names no type of key: begin anew with "
                        "--restart",
                        of->file);
    }
    CLI_TRY(cihsm_key_generate(token, &spec, out, err));
    cli_note("key \"%s\" generated on the token", spec.label);
    return CIHSM_OK;
}

cihsm_status renewal_make_key(renewal *of, cihsm_error *err)
{
    if (renewal_get(of, "newKey") == NULL) {
        return CIHSM_OK;
    }
    key_id id = {.len = 0};
    cihsm_token *token = NULL;
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *keys = NULL;
    CLI_TRY(read_id(of, &id, err));
    CLI_TRY(renewal_token(of, &token, err));
    CLI_TRY(cihsm_key_list_fetch(token, id.uri, &keys, err));
    if (cihsm_key_list_count(keys) == 0) {
        cihsm_key_list_free(&keys);
        CLI_TRY(generate(of, token, &id, &keys, err));
    }
    return renewal_set(of, "key", cihsm_key_list_at(keys, 0)->uri, err);
}

/* --- request ---------------------------------------------------------------------------------- */

/* A CA of one's own wants the subject that it knows; SAP Cloud Root CA makes its own. */
static cihsm_status make_spec(const renewal *of, char subject[CLI_SUBJECT_MAX], cihsm_csr_spec *out,
                              cihsm_error *err)
{
    const char *old = renewal_get(of, "oldChain");
    *out = (cihsm_csr_spec){.like = old};
    if (old != NULL && !cli_has(of->env, "cn")) {
        return CIHSM_OK;
    }
    CLI_TRY(cli_subject_of_cn(renewal_get(of, "cn"), subject, err));
    out->subject = subject;
    return CIHSM_OK;
}

cihsm_status renewal_make_request(renewal *of, cihsm_error *err)
{
    char subject[CLI_SUBJECT_MAX];
    cihsm_csr_spec spec;
    size_t len = 0;
    cihsm_token *token = NULL;
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    CLI_TRY(make_spec(of, subject, &spec, err));
    CLI_TRY(renewal_token(of, &token, err));
    CLI_TRY(cihsm_csr_create(token, renewal_key(of), &spec, &csr, err));
    const char *bytes = cihsm_csr_bytes(csr, &len);
    CLI_TRY(cihsm_file_write(renewal_get(of, "csr"), 0644, bytes, len, err));
    cli_note("CSR written to %s", renewal_get(of, "csr"));
    return CIHSM_OK;
}

/* --- certificate ------------------------------------------------------------------------------ */

static cihsm_status take_signed(renewal *of, const char *path, cihsm_error *err)
{
    cihsm_token *token = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    cihsm_import_spec spec = {.path = path, .key = renewal_key(of), .dry = true};
    CLI_TRY(cert_rules(of->env, &spec.rules, err));
    CLI_TRY(renewal_token(of, &token, err));
    CLI_TRY(cihsm_certificate_import(token, &spec, &report, err));
    return cert_write_chain(report, renewal_get(of, "chain"), err);
}

static void tell_waiting(void *user, const char *what)
{
    (void)user;
    cli_note("waiting: %s", what);
}

static cihsm_status enroll(renewal *of, const char *binding, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    cihsm_enrolment what = {.binding = binding,
                            .name = renewal_get(of, "certificateName"),
                            .cn = renewal_get(of, "cn"),
                            .waiting = tell_waiting};
    CLI_TRY(cli_number(of->env, "validity", 1, &what.validity_days, err));
    CLI_TRY(cert_rules(of->env, &what.rules, err));
    CLI_TRY(cli_btp_network(of->env, &what.network, err));
    CLI_TRY(cihsm_csr_read(renewal_get(of, "csr"), &csr, err));
    what.csr = csr;
    CLI_TRY(cihsm_enrolment_run(&what, &report, err));
    cli_note("certificate %s issued by %s", what.name,
             cihsm_value_get_string(cihsm_value_get(report, "leaf"), "issuer"));
    return cert_write_chain(report, renewal_get(of, "chain"), err);
}

cihsm_status renewal_get_certificate(renewal *of, cihsm_error *err)
{
    const char *delivered = cli_value(of->env, "signed");
    const char *binding = cli_setting(of->env, "destination-binding");
    if (delivered != NULL) {
        return take_signed(of, delivered, err);
    }
    if (binding != NULL) {
        return enroll(of, binding, err);
    }
    renewal_wait(of,
                 "have the CSR %s signed by a CA that the load balancer accepts, then repeat with "
                 "--signed FILE; or let SAP Cloud Root CA sign it with --destination-binding FILE",
                 renewal_get(of, "csr"));
    return CIHSM_OK;
}

/* --- import ----------------------------------------------------------------------------------- */

cihsm_status renewal_import(renewal *of, cihsm_error *err)
{
    cihsm_token *token = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    cihsm_import_spec spec = {.path = renewal_get(of, "chain"), .key = renewal_key(of)};
    CLI_TRY(cert_rules(of->env, &spec.rules, err));
    CLI_TRY(renewal_token(of, &token, err));
    const cihsm_status status = cihsm_certificate_import(token, &spec, &report, err);
    cert_note_rest(report);
    CLI_TRY(status);
    cli_note("certificate stored beside its key on the token, beside the present one");
    return CIHSM_OK;
}
