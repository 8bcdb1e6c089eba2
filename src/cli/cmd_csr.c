/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm csr: certificate signing requests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/key_options.h"
#include "cli/list.h"
#include "cli/next_step.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/session.h"
#include "cli/settings.h"

enum { SAN_MAX = 64, CHECK_MAX = 256 };
#define STDIN_MAX ((size_t)1024 * 1024) /* bytes */

static const cli_option CREATE_OPTIONS[] = {
    {"subject", "DN", "\"CN=client,O=Example,C=DE\" or \"/C=DE/O=Example/CN=client\"", 0},
    {"san", "NAME", "DNS:name, IP:address, email:address or URI:uri; may be repeated", 0},
    {"eku", "NAMES", "extended key usage (clientAuth); \"\" for none", 0},
    {"key-usage", "NAMES", "key usage (digitalSignature); \"\" for none", 0},
    {"like", "FILE", "take what is not given from this certificate: to renew it", 0},
    {"generate", "TYPE", "generate the key first: " CLI_KEY_TYPES, 0},
    {"label", "TEXT", "with --generate: label of the key", 0},
    {"id", "HEX", "with --generate: id of the key; 16 random bytes if not given", 0},
    {"digest", "NAME", "sha256 (default), sha384 or sha512", 0},
    {"pss", NULL, "sign with RSASSA-PSS instead of PKCS#1 v1.5", 0},
    {"der", NULL, "write DER instead of PEM", 0},
    {"out", "FILE", "write the CSR there instead of stdout", 0},
    {0},
};

/* What "csr create" was told. Borrows from the command line and from itself. */
typedef struct create_plan {
    cihsm_csr_spec csr;
    const char *san[SAN_MAX];
    bool generates;
    cihsm_key_spec key;
    uint8_t id[CIHSM_KEY_ID_MAX];
    const char *path; /* NULL: stdout */
} create_plan;

static cihsm_status read_digest(const cli_env *env, cihsm_digest *out, cihsm_error *err)
{
    static const char *const NAMES[] = {
        [CIHSM_SHA256] = "sha256", [CIHSM_SHA384] = "sha384", [CIHSM_SHA512] = "sha512"};
    const char *name = cli_has(env, "digest") ? cli_value(env, "digest") : "sha256";
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) {
            *out = (cihsm_digest)i;
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_USAGE, "--digest is sha256, sha384 or sha512, not \"%.40s\"",
                    name);
}

/* --san "" alone means none, whatever the certificate has that is renewed. */
static cihsm_status read_sans(const cli_env *env, create_plan *plan, cihsm_error *err)
{
    const size_t count = cli_times(env, "san");
    if (count > SAN_MAX) {
        return cli_fail(err, CIHSM_E_USAGE, "at most %d --san can be given", SAN_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        plan->san[i] = cli_value_at(env, "san", i);
    }
    const bool none = count == 1 && plan->san[0][0] == '\0';
    plan->csr.san = count == 0 ? NULL : plan->san;
    plan->csr.san_count = none ? 0 : count;
    return CIHSM_OK;
}

static cihsm_status read_key(const cli_env *env, create_plan *plan, cihsm_error *err)
{
    plan->generates = cli_has(env, "generate");
    if (!plan->generates && (cli_has(env, "label") || cli_has(env, "id"))) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--label and --id are for --generate TYPE; choose a key that is there with "
                        "--key \"pkcs11:object=LABEL\"");
    }
    if (!plan->generates) {
        return CIHSM_OK;
    }
    if (cli_has(env, "key")) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--key is for a key that is there, --generate makes a new one: use one of "
                        "them");
    }
    return cli_key_spec(env, "generate", plan->id, &plan->key, err);
}

static cihsm_status read_plan(const cli_env *env, create_plan *plan, cihsm_error *err)
{
    plan->path = cli_value(env, "out");
    plan->csr = (cihsm_csr_spec){
        .like = cli_value(env, "like"),
        .subject = cli_value(env, "subject"),
        .eku = cli_value(env, "eku"),
        .key_usage = cli_value(env, "key-usage"),
        .pss = cli_has(env, "pss"),
        .der = cli_has(env, "der"),
    };
    if (plan->csr.subject == NULL && plan->csr.like == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--subject is missing: whom it is for, as \"CN=client,O=Example,C=DE\"; or "
                        "--like FILE to renew a certificate");
    }
    if (plan->csr.der && plan->path == NULL && isatty(STDOUT_FILENO)) {
        return cli_fail(err, CIHSM_E_USAGE, "DER is no text for a terminal: use --out FILE");
    }
    CLI_TRY(read_sans(env, plan, err));
    CLI_TRY(read_digest(env, &plan->csr.digest, err));
    CLI_TRY(read_key(env, plan, err));
    if (plan->generates && plan->csr.pss && plan->key.type != CIHSM_KEY_RSA) {
        return cli_fail(err, CIHSM_E_USAGE, "--pss is for RSA keys only; leave it out");
    }
    return cihsm_csr_spec_check(&plan->csr, err);
}

static void warn(const cihsm_value *summary, const char *source)
{
    const cihsm_value *finding = cihsm_value_first(cihsm_value_get(summary, "findings"));
    for (; finding != NULL; finding = cihsm_value_next(finding)) {
        if (strcmp(cihsm_value_get_string(finding, "level"), "warn") == 0) {
            cli_note("warning: %s%s%s; %s", source, source[0] == '\0' ? "" : ": ",
                     cihsm_value_get_string(finding, "sentence"),
                     cihsm_value_get_string(finding, "action"));
        }
    }
}

/* What was read back from the signed CSR, for the person to look at. */
static void show(const cli_env *env, const cihsm_value *summary, const char *path)
{
    const char *subject = cihsm_value_get_string(summary, "subject");
    const char *key = cihsm_value_get_string(summary, "publicKey");
    const char *signature = cihsm_value_get_string(summary, "signatureAlgorithm");
    cli_note("CSR for %s, %s, signed with %s, signature verified%s%s", subject, key, signature,
             path == NULL ? "" : ", written to ", path == NULL ? "" : path);
    warn(summary, "");
    static const char *const NEXT[] = {"cert", "check", "certnew.p7b", NULL};
    cli_next(env, "have it signed by a CA that the load balancer accepts (SAP Note 2801396)", NEXT);
}

static cihsm_status make(const cli_env *env, cihsm_token *token, const char *key_uri,
                         const create_plan *plan, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_csr_free) cihsm_csr *csr = NULL;
    CLI_TRY(cihsm_csr_create(token, key_uri, &plan->csr, &csr, err));
    size_t len = 0;
    const char *bytes = cihsm_csr_bytes(csr, &len);
    if (plan->path == NULL) {
        CLI_TRY(cli_print_bytes(bytes, len, err));
    } else {
        CLI_TRY(cihsm_file_write(plan->path, 0644, bytes, len, err));
    }
    CLI_TRY(cli_flush_stdout(err));
    show(env, cihsm_csr_summary(csr), plan->path);
    return CIHSM_OK;
}

/* The key is on the token already: a person who is not told would generate a second one. */
static cihsm_status fail_with_key(const cihsm_key_info *key, cihsm_status status,
                                  const cihsm_error *reason, cihsm_error *err)
{
    char id[3 * CIHSM_KEY_ID_MAX + 1] = "";
    for (size_t i = 0; i < key->id_len; i++) {
        snprintf(id + 3 * i, 4, "%%%02X", key->id[i]);
    }
    cli_fail(err, status,
             "%.180s; the key \"%.40s\" was generated and stays on the token: go on with --key "
             "\"pkcs11:id=%s\" instead of --generate",
             reason->message, key->label, id);
    err->origin = reason->origin;
    err->native = reason->native;
    return status;
}

static cihsm_status generate_and_make(const cli_env *env, cihsm_token *token,
                                      const create_plan *plan, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_key_list_free) cihsm_key_list *made = NULL;
    CLI_TRY(cihsm_key_generate(token, &plan->key, &made, err));
    const cihsm_key_info *key = cihsm_key_list_at(made, 0);
    cihsm_error reason = {0};
    const cihsm_status status = make(env, token, key->uri, plan, &reason);
    if (status != CIHSM_OK) {
        return fail_with_key(key, status, &reason, err);
    }
    cli_note("key \"%s\" generated, it stays on the token: %s", key->label, key->uri);
    return CIHSM_OK;
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    create_plan plan = {0};
    CLI_TRY(read_plan(env, &plan, err));
    CIHSM_AUTO(cihsm_token_free) cihsm_token *token = NULL;
    CLI_TRY(cli_open_token(env, &token, err));
    return plan.generates ? generate_and_make(env, token, &plan, err)
                          : make(env, token, cli_key_uri(env), &plan, err);
}

const cli_command CMD_CSR_CREATE = {
    .name = "csr create",
    .summary = "make a certificate signing request for a token's key",
    .arguments = "",
    .example = "cihsm csr create --key \"pkcs11:object=cpi-client\" --subject "
               "\"CN=cpi-client,O=Example,C=DE\" --out client.csr",
    .options = CREATE_OPTIONS,
    .run = run_create,
};

/* --- csr check ------------------------------------------------------------------------------ */

static void bytes_free(char **bytes)
{
    free(*bytes);
    *bytes = NULL;
}

static cihsm_status read_stdin(cihsm_csr **out, cihsm_error *err)
{
    CIHSM_AUTO(bytes_free) char *bytes = malloc(STDIN_MAX + 1);
    if (bytes == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const size_t len = fread(bytes, 1, STDIN_MAX + 1, stdin);
    if (ferror(stdin) != 0) {
        return cli_fail(err, CIHSM_E_IO, "cannot read standard input");
    }
    if (len > STDIN_MAX) {
        return cli_fail(err, CIHSM_E_CONFIG, "standard input is larger than %zu bytes", STDIN_MAX);
    }
    return cihsm_csr_parse(bytes, len, "standard input", out, err);
}

typedef struct csr_list {
    cihsm_csr *items[CHECK_MAX];
    size_t count;
} csr_list;

static void csr_list_free(csr_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        cihsm_csr_free(&list->items[i]);
    }
}

/* All are read before anything is printed. */
static cihsm_status read_all(const cli_env *env, csr_list *out, cihsm_error *err)
{
    for (size_t i = 0; i < env->argument_count; i++) {
        const char *path = env->arguments[i];
        cihsm_csr **item = &out->items[out->count];
        CLI_TRY(strcmp(path, "-") == 0 ? read_stdin(item, err) : cihsm_csr_read(path, item, err));
        out->count++;
    }
    return CIHSM_OK;
}

/* The items of an array as the lines of one text; says so if there is no room for all. */
static void join(const cihsm_value *array, char *out, size_t size)
{
    static const char MORE[] = "\n(more: -o json shows all)";
    size_t used = 0;
    out[0] = '\0';
    for (const cihsm_value *item = cihsm_value_first(array); item != NULL;
         item = cihsm_value_next(item)) {
        const char *text = cihsm_value_string(item);
        if (used + strlen(text) + sizeof MORE >= size) {
            memcpy(out + used, MORE, sizeof MORE);
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : "\n", text);
    }
}

static cihsm_status print_lines(const cli_env *env, const cihsm_value *summary, cihsm_error *err)
{
    static const char *const TEXTS[] = {"source", "subject", "publicKey", "publicKeySha256",
                                        "signatureAlgorithm"};
    static const char *const LISTS[] = {"san", "extendedKeyUsage", "keyUsage"};
    char lines[8192];
    CIHSM_AUTO(cihsm_value_free) cihsm_value *shown = cihsm_value_new_object();
    if (shown == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        const char *text = cihsm_value_get_string(summary, TEXTS[i]);
        CLI_TRY(cihsm_value_set_string(shown, TEXTS[i], text, err));
    }
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        join(cihsm_value_get(summary, LISTS[i]), lines, sizeof lines);
        CLI_TRY(cihsm_value_set_string(shown, LISTS[i], lines[0] == '\0' ? "none" : lines, err));
    }
    const bool verified = cihsm_value_is_true(cihsm_value_get(summary, "verified"));
    CLI_TRY(cihsm_value_set_string(shown, "verified", verified ? "yes" : "NO", err));
    return cli_print_object(env, shown, err);
}

static cihsm_status print_all(const cli_env *env, const csr_list *list, cihsm_error *err)
{
    CIHSM_AUTO(cli_list_free) cli_list printed = {.columns = NULL};
    CLI_TRY(cli_output_format(env, &printed.format, err));
    for (size_t i = 0; i < list->count; i++) {
        const cihsm_value *summary = cihsm_csr_summary(list->items[i]);
        if (printed.format != CLI_TABLE) {
            CLI_TRY(cli_list_add_one(&printed, summary, err));
            continue;
        }
        CLI_TRY(cli_print_bytes("\n", i == 0 ? 0 : 1, err));
        CLI_TRY(print_lines(env, summary, err));
        CLI_TRY(cli_flush_stdout(err));
        warn(summary, cihsm_value_get_string(summary, "source"));
    }
    return printed.format == CLI_TABLE ? CIHSM_OK : cli_list_end(&printed, err);
}

static cihsm_status judge(const csr_list *list, cihsm_error *err)
{
    size_t wrong = 0;
    const char *first = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const cihsm_value *summary = cihsm_csr_summary(list->items[i]);
        if (!cihsm_value_is_true(cihsm_value_get(summary, "verified"))) {
            first = first == NULL ? cihsm_value_get_string(summary, "source") : first;
            wrong++;
        }
    }
    if (wrong == 0) {
        return CIHSM_OK;
    }
    return cli_fail(
        err, CIHSM_E_CHECK,
        "%zu of %zu signatures do%s not verify, that of %.200s: the CSR was changed, or "
        "another key signed it; make it again with its own key",
        wrong, list->count, wrong == 1 ? "es" : "", first);
}

static cihsm_status run_check(cli_env *env, cihsm_error *err)
{
    CIHSM_AUTO(csr_list_free) csr_list list = {.count = 0};
    CLI_TRY(read_all(env, &list, err));
    CLI_TRY(print_all(env, &list, err));
    return judge(&list, err);
}

const cli_command CMD_CSR_CHECK = {
    .name = "csr check",
    .summary = "show and verify CSRs of any program; needs no token",
    .arguments = "FILE [FILE...]",
    .argument_min = 1,
    .argument_max = CHECK_MAX,
    .example = "cihsm csr check client.csr",
    .run = run_check,
};
