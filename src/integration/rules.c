/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "integration/capability.h"
#include "odata/filter.h"

/* A query and where it goes. */
typedef struct request {
    const char *path;
    const cihsm_query *query;
} request;

static bool filter_has(const cihsm_query *query, const char *words)
{
    odata_word word;
    const char *cursor = query->filter == NULL ? "" : query->filter;
    while (odata_word_next(&cursor, &word)) {
        if (!word.is_literal && odata_word_in(&word, words)) {
            return true;
        }
    }
    return false;
}

static bool always(const request *of)
{
    (void)of;
    return true;
}

static bool lacks_id(const request *of)
{
    for (size_t i = 0; i < of->query->parameter_count; i++) {
        if (strcmp(of->query->parameters[i].name, "id") == 0) {
            return false;
        }
    }
    return true;
}

static bool lacks_pid(const request *of)
{
    return !filter_has(of->query, "Pid");
}

static bool filters_without_user(const request *of)
{
    return of->query->filter != NULL && !filter_has(of->query, "User");
}

static bool compares_unequal(const request *of)
{
    return filter_has(of->query, "ne gt ge lt le substringof startswith endswith");
}

static bool compares_by_order(const request *of)
{
    return filter_has(of->query, "gt ge lt le");
}

static bool filters_hex(const request *of)
{
    return filter_has(of->query, "Hexagency Hexscheme Hexid");
}

static bool filters_deployed_on(const request *of)
{
    return filter_has(of->query, "DeployedOn");
}

/* A parenthesis that groups, not one of a function. */
static bool is_nested(const request *of)
{
    odata_word before = {.text = "or", .len = 2};
    odata_word word;
    const char *cursor = of->query->filter == NULL ? "" : of->query->filter;
    while (odata_word_next(&cursor, &word)) {
        if (odata_word_is(&word, "(") && odata_word_in(&before, "or and not (")) {
            return true;
        }
        before = word;
    }
    return filter_has(of->query, "and");
}

/* The words of a text with one blank between them are the wanted ones. */
static bool reads(const char *text, const char *wanted)
{
    odata_word word;
    const char *cursor = text;
    while (odata_word_next(&cursor, &word)) {
        if (strncmp(wanted, word.text, word.len) != 0) {
            return false;
        }
        wanted += word.len;
        wanted += *wanted == ' ' ? 1 : 0;
    }
    return *wanted == '\0';
}

static bool filters_other_state(const request *of)
{
    return of->query->filter != NULL && !reads(of->query->filter, "State eq 'Configured'");
}

static bool sorts_otherwise(const request *of)
{
    const char *orderby = of->query->orderby;
    return orderby != NULL && !reads(orderby, "Name,Value") &&
           !reads(orderby, "Name desc,Value desc");
}

static bool has_capital(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') {
            return true;
        }
    }
    return false;
}

/* User eq 'Max', or AuthorizedUsers('Max') */
static bool capitalises_user(const request *of)
{
    odata_word word;
    const char *cursor = strchr(of->path, '\'') == NULL ? "" : strchr(of->path, '\'');
    if (odata_word_next(&cursor, &word) && has_capital(word.text, word.len)) {
        return true;
    }
    cursor = filter_has(of->query, "User") ? of->query->filter : "";
    while (odata_word_next(&cursor, &word)) {
        if (word.is_literal && has_capital(word.text, word.len)) {
            return true;
        }
    }
    return false;
}

#define ID_LIKE "MessageGuid CorrelationId ApplicationMessageId"

/* MessageGuid gt 'x' */
static bool orders_ids(const request *of)
{
    odata_word before = {.text = "", .len = 0};
    odata_word word;
    const char *cursor = of->query->filter == NULL ? "" : of->query->filter;
    while (odata_word_next(&cursor, &word)) {
        if (odata_word_in(&before, ID_LIKE) && odata_word_in(&word, "ne gt ge lt le")) {
            return true;
        }
        before = word;
    }
    return false;
}

typedef enum scope {
    ANY,  /* the set, its entities and navigations to them */
    LIST, /* the list of the whole set, or its count */
} scope;

typedef struct rule {
    const char *set;
    scope scope;
    bool (*is_broken)(const request *of);
    const char *reason; /* and what to do instead */
} rule;

static const rule RULES[] = {
    {"MessageProcessingLogs", ANY, orders_ids,
     "MessageGuid, CorrelationId and ApplicationMessageId are compared by eq only"},
    {"MessageProcessingLogCustomHeaderProperties", ANY, sorts_otherwise,
     "--orderby is \"Name,Value\" or \"Name desc,Value desc\" only"},
    {"IntegrationDesigntimeArtifacts", LIST, always,
     "there is no list of all; read IntegrationPackages('ID')/IntegrationDesigntimeArtifacts"},
    {"IntegrationRuntimeArtifacts", ANY, filters_deployed_on,
     "DeployedOn cannot be filtered by; choose among the entries that are printed"},
    {"IntegrationRuntimeArtifacts", ANY, is_nested,
     "--filter joins conditions by \"or\" only, without \"and\" and parentheses"},
    {"Configurations", ANY, compares_by_order,
     "--filter takes eq, ne, substringof, startswith and endswith only"},
    {"Resources", ANY, compares_by_order,
     "--filter takes eq, ne, substringof, startswith and endswith only"},
    {"ValMapSchema", ANY, filters_other_state, "--filter is \"State eq 'Configured'\" only"},
    {"AlternativePartners", ANY, filters_hex,
     "a filter by hex keys finds nothing; filter by Agency, Scheme and Id, or read "
     "AlternativePartners(Agency='…',Scheme='…',Id='…')"},
    {"AuthorizedUsers", ANY, capitalises_user, "users are written in lower case"},
    {"UserCredentialParameters", LIST, lacks_pid,
     "the list needs a partner: --filter \"Pid eq 'PARTNER'\""},
    {"CertificateUserMappings", ANY, filters_without_user, "--filter takes the property User only"},
    {"AccessPolicies", ANY, compares_unequal, "--filter compares by eq only"},
    {"ArtifactReferences", ANY, compares_unequal, "--filter compares by eq only"},
    {"IdempotentRepositoryEntries", LIST, lacks_id, "the list needs --query id=ID"},
    {"GenericIdempotentRepositoryEntries", LIST, lacks_id, "the list needs --query id=ID"},
};

static bool applies(const rule *one, const integration_target *target)
{
    const bool in_scope = one->scope == ANY || (target->is_root && target->is_list);
    return in_scope && text_equal(one->set, target->set);
}

cihsm_status integration_rules_check(const integration_target *target, const char *path,
                                     const cihsm_query *query, cihsm_error *err)
{
    const request of = {path, query};
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        if (applies(&RULES[i], target) && RULES[i].is_broken(&of)) {
            return cihsm_fail_plain(err, CIHSM_E_USAGE, "%s: %s; --unchecked sends it all the same",
                                    target->set, RULES[i].reason);
        }
    }
    return CIHSM_OK;
}

/* A condition on something else than these ids. */
static bool filters_more_than_ids(const cihsm_query *query)
{
    odata_word word;
    const char *cursor = query->filter == NULL ? "" : query->filter;
    while (odata_word_next(&cursor, &word)) {
        if (!word.is_literal && !odata_word_in(&word, ID_LIKE " and or not eq ne ( ) ,")) {
            return true;
        }
    }
    return false;
}

const char *integration_advice(const integration_target *target, const cihsm_query *query)
{
    if (text_equal(target->set, "MessageProcessingLogs") && filter_has(query, ID_LIKE) &&
        filters_more_than_ids(query)) {
        return "SAP advises against other conditions beside MessageGuid, CorrelationId or "
               "ApplicationMessageId in one filter";
    }
    return NULL;
}
