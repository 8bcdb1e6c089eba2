/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lookup.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/help.h"
#include "cli/report.h"
#include "cli/suggest.h"

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

/* What follows a group in the names of its commands, each word once: "list, show, entry". */
static void list_verbs(const char *group, char *out, size_t size)
{
    const size_t own = strlen(group);
    const char *last = "";
    size_t len = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (strncmp(c->name, group, own) != 0 || c->name[own] != ' ' || len >= size) {
            continue;
        }
        const char *verb = c->name + own + 1;
        const size_t verb_len = strcspn(verb, " ");
        if (strncmp(last, verb, verb_len) == 0 && strcspn(last, " ") == verb_len) {
            continue; /* "entry show" after "entry list" */
        }
        len += (size_t)snprintf(out + len, size - len, "%s%.*s", len == 0 ? "" : ", ",
                                (int)verb_len, verb);
        last = verb;
    }
}

/* The first words of all commands; a word that stands in several is offered once. */
static cihsm_status fail_first(const char *typed, cihsm_error *err)
{
    enum { WORDS_MAX = 64, WORD_MAX = 32 };
    char words[WORDS_MAX][WORD_MAX];
    const char *names[WORDS_MAX];
    size_t count = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        char *word = words[count];
        snprintf(word, WORD_MAX, "%.*s", (int)strcspn(c->name, " "), c->name);
        if (count == 0 || strcmp(word, names[count - 1]) != 0) {
            assert(count + 1 < WORDS_MAX);
            names[count++] = word;
        }
    }
    char suggestion[CLI_SUGGEST_MAX];
    cli_suggest(names, count, typed, "", suggestion);
    return cli_fail(err, CIHSM_E_USAGE,
                    "unknown command \"%.60s\": %s\"cihsm --help\" lists the commands", typed,
                    suggestion);
}

cihsm_status cli_lookup_fail(const cli_env *env, cihsm_error *err)
{
    char group[CLI_GROUP_MAX];
    char verbs[200] = "";
    const size_t words = cli_help_group_of(env->arguments, env->argument_count, group);
    if (words == 0) {
        return fail_first(env->arguments[0], err);
    }
    list_verbs(group, verbs, sizeof verbs);
    if (env->argument_count == words) {
        return cli_fail(err, CIHSM_E_USAGE, "\"cihsm %s\" needs a verb: %s", group, verbs);
    }
    return cli_fail(err, CIHSM_E_USAGE, "\"cihsm %s\" has no verb \"%.60s\": %s", group,
                    env->arguments[words], verbs);
}
