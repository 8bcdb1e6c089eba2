/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm keystore key-pair create, ssh-key import, rsa-key import: keys that the tenant makes a
 * certificate for.
 */
#include "cli/keystore_send.h"
#include "cli/report.h"

#define SUBJECT_OPTIONS                                                                 \
    {"common-name", "NAME", "common name of its certificate; required", 0},             \
        {"country", "XX", "two letters, DE; required", 0},                              \
        {"organization", "NAME", "organization", 0},                                    \
        {"organization-unit", "NAME", "organization unit", 0},                          \
        {"locality", "NAME", "locality", 0}, {"state", "NAME", "state or province", 0}, \
        {"email", "ADDRESS", "e-mail address", 0},                                      \
        {"not-before", "DATE", "the certificate begins, UTC; now if not given", 0},     \
    {                                                                                   \
        "not-after", "DATE", "it ends; in three years if not given", 0                  \
    }

static const cli_option CREATE_OPTIONS[] = {
    {"type", "RSA|EC|DSA", "RSA if not given", 0},
    {"size", "BITS", "4096 for RSA if not given", 0},
    {"curve", "NAME", "of EC, for example secp256r1, secp384r1, secp521r1", 0},
    {"signature-algorithm", "NAME", "of its certificate, SHA-256/RSA for example", 0},
    SUBJECT_OPTIONS,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option RSA_OPTIONS[] = {
    {"signature-algorithm", "NAME", "of its certificate, SHA-256/RSA for example", 0},
    SUBJECT_OPTIONS,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static const cli_option SSH_OPTIONS[] = {
    {"password-source", "SRC",
     "the passphrase of the file from prompt, file:PATH, fd:N, env:NAME, "
     "cred:NAME; none if not given",
     0},
    {"update", NULL, "there is a key of its algorithm, which is replaced", 0},
    SUBJECT_OPTIONS,
    CLI_KEYSTORE_CONFIRM_OPTION,
    {0},
};

static cihsm_status read_date(const cli_env *env, const char *option, int64_t *out,
                              cihsm_error *err)
{
    const char *text = cli_value(env, option);
    return text == NULL ? CIHSM_OK : cihsm_time_read_date(text, out, err);
}

static cihsm_status read_subject(const cli_env *env, cihsm_keystore_subject *out, cihsm_error *err)
{
    *out = (cihsm_keystore_subject){.common_name = cli_value(env, "common-name"),
                                    .country = cli_value(env, "country"),
                                    .organization = cli_value(env, "organization"),
                                    .organization_unit = cli_value(env, "organization-unit"),
                                    .locality = cli_value(env, "locality"),
                                    .state = cli_value(env, "state"),
                                    .email = cli_value(env, "email"),
                                    .signature_algorithm = cli_value(env, "signature-algorithm")};
    if (out->common_name == NULL || out->country == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--%s is missing: the certificate that the tenant makes needs one",
                        out->common_name == NULL ? "common-name" : "country");
    }
    CLI_TRY(read_date(env, "not-before", &out->not_before_ms, err));
    return read_date(env, "not-after", &out->not_after_ms, err);
}

static cihsm_status run_create(cli_env *env, cihsm_error *err)
{
    cihsm_keystore_key key = {.alias = env->arguments[0],
                              .type = cli_value(env, "type"),
                              .curve = cli_value(env, "curve")};
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(cli_number(env, "size", 1, &key.size, err));
    CLI_TRY(read_subject(env, &key.subject, err));
    CLI_TRY(cihsm_keystore_create_key_pair(&key, &write, err));
    cli_keystore_change change = {
        .write = write, .what = "key pair", .alias = key.alias, .done = "created"};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_rsa(cli_env *env, cihsm_error *err)
{
    cihsm_keystore_subject subject;
    const cihsm_keystore_import from = {.alias = env->arguments[0], .path = env->arguments[1]};
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(read_subject(env, &subject, err));
    CLI_TRY(cihsm_keystore_import_rsa_key(&from, &subject, &write, err));
    cli_keystore_change change = {
        .write = write, .what = "RSA key", .alias = from.alias, .done = "imported"};
    return cli_keystore_send(env, &change, err);
}

static cihsm_status run_ssh(cli_env *env, cihsm_error *err)
{
    cihsm_keystore_subject subject;
    cihsm_keystore_import from = {
        .alias = env->arguments[0], .path = env->arguments[1], .is_update = cli_has(env, "update")};
    CIHSM_AUTO(cihsm_secret_free) cihsm_secret *password = NULL;
    CIHSM_AUTO(cihsm_keystore_write_free) cihsm_keystore_write *write = NULL;
    CLI_TRY(read_subject(env, &subject, err));
    CLI_TRY(cihsm_keystore_check_alias(from.alias, err)); /* before a password is asked for */
    CLI_TRY(cli_keystore_password(env, "password-source", "Passphrase of the key", &password, err));
    from.password = password;
    CLI_TRY(cihsm_keystore_import_ssh_key(&from, &subject, &write, err));
    cli_keystore_change change = {
        .write = write,
        .what = "SSH key",
        .alias = from.alias,
        .question = from.is_update ? "replaces the key of its algorithm; go on?" : NULL,
        .done = "imported"};
    return cli_keystore_send(env, &change, err);
}

const cli_command CMD_KEYSTORE_KEY_PAIR_CREATE = {
    .name = "keystore key-pair create",
    .summary = "let SAP make a key pair in the tenant",
    .note = "SAP makes this key in software, and it lies in the tenant: it is for calls that flows "
            "make to others. It is not the key that cihsm logs on with, which is made on your "
            "token by \"cihsm key generate\" and never leaves it.",
    .arguments = "ALIAS",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm keystore key-pair create outbound --common-name out.example --country DE",
    .options = CREATE_OPTIONS,
    .run = run_create,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_RSA_KEY_IMPORT = {
    .name = "keystore rsa-key import",
    .summary = "put an RSA private key (PKCS#1 PEM) into the keystore, with a new certificate",
    .arguments = "ALIAS FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore rsa-key import old old.pem --common-name old.example --country DE",
    .options = RSA_OPTIONS,
    .run = run_rsa,
    .is_write = true,
};

const cli_command CMD_KEYSTORE_SSH_KEY_IMPORT = {
    .name = "keystore ssh-key import",
    .summary = "put an SSH private key (OpenSSH, PuTTY) into the keystore",
    .note = "The tenant chooses the alias by the algorithm: id_rsa, id_dsa or id_ec.",
    .arguments = "ALIAS FILE",
    .argument_min = 2,
    .argument_max = 2,
    .example = "cihsm keystore ssh-key import id_ec id_ecdsa --common-name sftp --country DE",
    .options = SSH_OPTIONS,
    .run = run_ssh,
    .is_write = true,
};
