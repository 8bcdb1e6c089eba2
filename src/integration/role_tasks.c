/* SPDX-License-Identifier: Apache-2.0 */
#include "integration/role_tasks.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "integration/role_row.h"
#include "integration/roles_json.h"

#define ENDING_MOST 3 /* characters: "queues" finds "queue", "deploying" finds "deploy" */

cihsm_status role_tasks_read(cihsm_value **out, cihsm_error *err)
{
    return cihsm_value_parse((const char *)integration_roles_json, integration_roles_json_len, out,
                             err);
}

const char *role_tasks_source(const cihsm_value *document, const char *name)
{
    return cihsm_value_get_string(cihsm_value_get(document, "sources"),
                                  name == NULL ? "tasks" : name);
}

/* The next word of a text in *cursor; its length, 0 at the end. */
static size_t next_word(const char **cursor, const char **word)
{
    while (**cursor != '\0' && !isalnum((unsigned char)**cursor)) {
        (*cursor)++;
    }
    *word = *cursor;
    while (isalnum((unsigned char)**cursor)) {
        (*cursor)++;
    }
    return (size_t)(*cursor - *word);
}

static bool is_filler(const char *word, size_t len)
{
    static const char *const FILLERS[] = {"a", "an", "and", "for", "in", "of", "or", "the", "to"};
    for (size_t i = 0; i < sizeof FILLERS / sizeof *FILLERS; i++) {
        if (strlen(FILLERS[i]) == len && strncasecmp(FILLERS[i], word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* One starts with the other; what was typed may have a longer ending, but not a word more. */
static bool is_alike(const char *wanted, size_t wanted_len, const char *word, size_t len)
{
    const size_t common = wanted_len < len ? wanted_len : len;
    return strncasecmp(wanted, word, common) == 0 &&
           (wanted_len <= len || (len > ENDING_MOST && wanted_len - len <= ENDING_MOST));
}

static bool holds_word(const char *text, const char *wanted, size_t wanted_len)
{
    const char *word = NULL;
    size_t len = text == NULL ? 0 : next_word(&text, &word);
    for (; len > 0; len = next_word(&text, &word)) {
        if (is_alike(wanted, wanted_len, word, len)) {
            return true;
        }
    }
    return false;
}

/* True if that role alone is enough for the task. */
static bool is_of_role(const cihsm_value *task, const char *name)
{
    const cihsm_value *roles = cihsm_value_get(task, "roles");
    return cihsm_value_count(roles) == 1 &&
           strcasecmp(cihsm_value_string(cihsm_value_first(roles)), name) == 0;
}

static bool matches(const cihsm_value *task, const char *phrase)
{
    if (is_of_role(task, phrase)) {
        return true;
    }
    const char *text = cihsm_value_get_string(task, "task");
    const char *more = cihsm_value_get_string(task, "words");
    const char *wanted = NULL;
    size_t counted = 0;
    for (size_t len = next_word(&phrase, &wanted); len > 0; len = next_word(&phrase, &wanted)) {
        if (is_filler(wanted, len)) {
            continue;
        }
        if (!holds_word(text, wanted, len) && !holds_word(more, wanted, len)) {
            return false;
        }
        counted++;
    }
    return counted > 0;
}

static const char *evidence_of(const cihsm_value *task)
{
    const char *evidence = cihsm_value_get_string(task, "evidence");
    return evidence == NULL ? ROLE_DOCUMENTED : evidence;
}

static bool is_wanted(const cihsm_value *task, const role_task_filter *filter)
{
    const bool is_changing = text_equal(cihsm_value_get_string(task, "access"), "write");
    const bool is_documented = text_equal(evidence_of(task), ROLE_DOCUMENTED);
    return (is_changing || !filter->is_changing_only) &&
           (is_documented || !filter->is_documented_only) &&
           (filter->phrase == NULL || matches(task, filter->phrase));
}

static cihsm_status add_task(const cihsm_value *document, const cihsm_value *task,
                             cihsm_value *rows, cihsm_error *err)
{
    const cihsm_value *roles = cihsm_value_get(task, "roles");
    const bool is_known = cihsm_value_count(roles) > 0;
    const char *source = cihsm_value_get_string(task, "source");
    const role_row row = {
        .access = cihsm_value_get_string(task, "access"),
        .evidence = evidence_of(task),
        .task = cihsm_value_get_string(task, "task"),
        .source = is_known ? role_tasks_source(document, source) : NULL,
        .note = cihsm_value_get_string(task, "note"),
    };
    return is_known ? role_rows_add(&row, roles, rows, err) : role_row_add(&row, rows, err);
}

cihsm_status role_tasks_add(const cihsm_value *document, const role_task_filter *filter,
                            cihsm_value *rows, cihsm_error *err)
{
    const cihsm_value *task = cihsm_value_first(cihsm_value_get(document, "tasks"));
    for (; task != NULL; task = cihsm_value_next(task)) {
        if (is_wanted(task, filter)) {
            CIHSM_TRY(add_task(document, task, rows, err));
        }
    }
    return CIHSM_OK;
}
