/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_rows.h"

#include <stdio.h>
#include <string.h>

#include "cli/report.h"

enum { WRONG_MAX = 512 };

const char CLI_KEY_COLUMNS[] = "Label,Type,Protection,Wrong,Certificate,Id,Uri";

static void format_id(const cihsm_key_info *info, char out[2 * CIHSM_KEY_ID_MAX + 1])
{
    out[0] = '\0';
    for (size_t i = 0; i < info->id_len; i++) {
        snprintf(out + 2 * i, 3, "%02x", info->id[i]);
    }
}

static const char *protection(const cihsm_key_info *info)
{
    if (info->extractable == CIHSM_YES) {
        return "EXTRACTABLE";
    }
    if (info->sensitive == CIHSM_NO) {
        return "NOT SENSITIVE";
    }
    const bool is_sure = info->sensitive == CIHSM_YES && info->extractable == CIHSM_NO;
    return is_sure ? "on token only" : "unknown";
}

static const char *word(cihsm_tristate state)
{
    static const char *const WORDS[] = {"unknown", "no", "yes"};
    return WORDS[state];
}

static cihsm_status add_attributes(cihsm_value *row, const cihsm_key_info *info, cihsm_error *err)
{
    const struct {
        const char *name;
        cihsm_tristate state;
    } attributes[] = {
        {"Sensitive", info->sensitive},
        {"Extractable", info->extractable},
        {"AlwaysSensitive", info->always_sensitive},
        {"NeverExtractable", info->never_extractable},
        {"GeneratedOnToken", info->local},
        {"MaySign", info->sign},
        {"PinForEachSignature", info->always_authenticate},
    };
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        CLI_TRY(cihsm_value_set_string(row, attributes[i].name, word(attributes[i].state), err));
    }
    return cihsm_value_set_string(row, "GeneratedBy",
                                  info->mechanism[0] == '\0' ? "unknown" : info->mechanism, err);
}

cihsm_status cli_key_row(const cihsm_key_info *info, cihsm_value **out, cihsm_error *err)
{
    char id[2 * CIHSM_KEY_ID_MAX + 1];
    char type[16];
    format_id(info, id);
    cihsm_key_type_format(info->type, info->bits, type);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Label", info->label, err));
    CLI_TRY(cihsm_value_set_string(row, "Id", id, err));
    CLI_TRY(cihsm_value_set_string(row, "Type", type, err));
    CLI_TRY(cihsm_value_set_string(row, "Protection", protection(info), err));
    CLI_TRY(cihsm_value_set_string(row, "Uri", info->uri, err));
    CLI_TRY(add_attributes(row, info, err));
    *out = CIHSM_MOVE(row);
    return CIHSM_OK;
}

/* All problems in one cell. */
static cihsm_status add_wrong(cihsm_value *row, unsigned problems, cihsm_error *err)
{
    char words[WRONG_MAX] = "";
    size_t len = 0;
    for (unsigned bit = 1; bit <= problems; bit <<= 1) {
        if ((problems & bit) != 0 && len < sizeof words) {
            len += (size_t)snprintf(words + len, sizeof words - len, "%s%s", len == 0 ? "" : "; ",
                                    cihsm_key_problem_text((cihsm_key_problem)bit));
        }
    }
    return cihsm_value_set_string(row, "Wrong", words, err);
}

static const char *match(const cihsm_key_certificate *certificate)
{
    if (certificate->same_key == CIHSM_YES) {
        return certificate->same_id ? "id and public key" : "public key";
    }
    return certificate->same_key == CIHSM_NO ? "id, but of another key" : "id";
}

static cihsm_status add_certificate(cihsm_value *list, const cihsm_key_certificate *certificate,
                                    cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *row = cihsm_value_new_object();
    if (row == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(cihsm_value_set_string(row, "Subject", certificate->subject, err));
    CLI_TRY(cihsm_value_set_string(row, "Serial", certificate->serial, err));
    CLI_TRY(cihsm_value_set_string(row, "NotAfter", certificate->not_after, err));
    CLI_TRY(cihsm_value_set_string(row, "MatchesBy", match(certificate), err));
    return cihsm_value_append(list, &row, err);
}

static cihsm_status add_certificates(cihsm_value *row, const cihsm_key_review *review, size_t at,
                                     cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    const char *first = ""; /* that fits: what a table shows */
    const cihsm_key_certificate *certificate = NULL;
    for (size_t i = 0; (certificate = cihsm_key_review_certificate(review, at, i)) != NULL; i++) {
        const bool fits = certificate->same_key != CIHSM_NO;
        first = fits && first[0] == '\0' ? certificate->subject : first;
        CLI_TRY(add_certificate(list, certificate, err));
    }
    CLI_TRY(cihsm_value_set_string(row, "Certificate", first, err));
    return cihsm_value_set(row, "Certificates", &list, err);
}

cihsm_status cli_key_rows(const cihsm_key_review *review, cihsm_value **out, cihsm_error *err)
{
    const cihsm_key_list *keys = cihsm_key_review_keys(review);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *list = cihsm_value_new_array();
    if (list == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < cihsm_key_list_count(keys); i++) {
        CIHSM_AUTO(cihsm_value_free) cihsm_value *row = NULL;
        CLI_TRY(cli_key_row(cihsm_key_list_at(keys, i), &row, err));
        CLI_TRY(add_wrong(row, cihsm_key_review_problems(review, i), err));
        CLI_TRY(add_certificates(row, review, i, err));
        CLI_TRY(cihsm_value_append(list, &row, err));
    }
    *out = CIHSM_MOVE(list);
    return CIHSM_OK;
}
