/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lookup.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/report.h"
#include "cli/suggest.h"

enum { VERBS_MAX = 240, WORDS_MAX = 64, WORD_MAX = 32 };

/* How many words of the command line a name has, "key generate"; 0: they are not that name. */
static size_t words_of(const char *name, const char **words, size_t count)
{
    for (size_t used = 0; used < count; used++) {
        const size_t len = strcspn(name, " ");
        if (strlen(words[used]) != len || memcmp(name, words[used], len) != 0) {
            return 0;
        }
        if (name[len] == '\0') {
            return used + 1;
        }
        name += len + 1;
    }
    return 0;
}

const cli_command *cli_lookup(const char **words, size_t count, size_t *used)
{
    const cli_command *found = NULL;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        const size_t own = words_of(c->name, words, count);
        if (own > *used) {
            *used = own;
            found = c;
        }
    }
    return found;
}

/* The word that follows a group in the name of a command; NULL: it is of another group. */
static const char *verb_of(const cli_command *command, const char *group, size_t *len)
{
    const size_t own = strlen(group);
    if (strncmp(command->name, group, own) != 0 || command->name[own] != ' ') {
        return NULL;
    }
    *len = strcspn(command->name + own + 1, " ");
    return command->name + own + 1;
}

/* "entry show" after "entry list" */
static bool is_repeated(const char *group, size_t at, const char *verb, size_t len)
{
    size_t before_len = 0;
    for (size_t i = 0; i < at; i++) {
        const char *before = verb_of(cli_command_at(i), group, &before_len);
        if (before != NULL && before_len == len && memcmp(before, verb, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Writes what follows a group in the names of its commands, each word once: "list, show, entry".
 * What does not fit is left out. */
static void list_verbs(const char *group, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        size_t verb_len = 0;
        const char *verb = verb_of(c, group, &verb_len);
        if (verb != NULL && len < size && !is_repeated(group, i, verb, verb_len)) {
            len += (size_t)snprintf(out + len, size - len, "%s%.*s", len == 0 ? "" : ", ",
                                    (int)verb_len, verb);
        }
    }
}

/* Words of the commands, each once. */
typedef struct word_list {
    char words[WORDS_MAX][WORD_MAX];
    const char *names[WORDS_MAX];
    size_t count;
} word_list;

static void add_word(word_list *to, const char *from, size_t len)
{
    char *word = to->words[to->count];
    snprintf(word, WORD_MAX, "%.*s", (int)len, from);
    for (size_t i = 0; i < to->count; i++) {
        if (strcmp(to->names[i], word) == 0) {
            return;
        }
    }
    assert(to->count + 1 < WORDS_MAX);
    to->names[to->count++] = word;
}

/* The first words of all commands. */
static cihsm_status fail_first(const char *typed, cihsm_error *err)
{
    word_list nouns;
    nouns.count = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        add_word(&nouns, c->name, strcspn(c->name, " "));
    }
    char suggestion[CLI_SUGGEST_MAX];
    cli_suggest(nouns.names, nouns.count, typed, "", suggestion);
    return cli_fail(err, CIHSM_E_USAGE,
                    "unknown command \"%.60s\": %s\"cihsm --help\" lists the commands", typed,
                    suggestion);
}

/* @param verbs  as list_verbs writes them */
static cihsm_status fail_verb(const char *group, const char *typed, const char *verbs,
                              cihsm_error *err)
{
    word_list known;
    known.count = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        size_t len = 0;
        const char *verb = verb_of(c, group, &len);
        if (verb != NULL) {
            add_word(&known, verb, len);
        }
    }
    char suggestion[CLI_SUGGEST_MAX];
    cli_suggest(known.names, known.count, typed, "", suggestion);
    if (suggestion[0] == '\0') {
        return cli_fail(err, CIHSM_E_USAGE, "\"cihsm %s\" has no verb \"%.60s\": %s", group, typed,
                        verbs);
    }
    return cli_fail(err, CIHSM_E_USAGE,
                    "\"cihsm %s\" has no verb \"%.60s\": %s\"cihsm %s --help\" lists them", group,
                    typed, suggestion, group);
}

cihsm_status cli_lookup_fail(const cli_env *env, cihsm_error *err)
{
    char group[CLI_GROUP_MAX];
    char verbs[VERBS_MAX];
    const size_t words = cli_help_group_of(env->arguments, env->argument_count, group);
    if (words == 0) {
        return fail_first(env->arguments[0], err);
    }
    list_verbs(group, verbs, sizeof verbs);
    if (env->argument_count == words) {
        return cli_fail(err, CIHSM_E_USAGE, "\"cihsm %s\" needs a verb: %s", group, verbs);
    }
    return fail_verb(group, env->arguments[words], verbs, err);
}
