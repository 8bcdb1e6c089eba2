/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion_words.h"

#include <stdio.h>
#include <string.h>

#include "cli/lookup.h"
#include "cli/output.h"
#include "cli/report.h"

enum { WORDS_MAX = 64, LINE_MAX_BYTES = 4096 };

typedef struct words {
    char text[LINE_MAX_BYTES];
    const char *items[WORDS_MAX];
    size_t count;
} words;

static void split(const char *line, words *out)
{
    char *next = NULL;
    snprintf(out->text, sizeof out->text, "%s", line);
    for (char *word = strtok_r(out->text, " ", &next); word != NULL && out->count < WORDS_MAX;
         word = strtok_r(NULL, " ", &next)) {
        out->items[out->count++] = word;
    }
}

static cihsm_status print_word(const char *front, const char *word, size_t len, cihsm_error *err)
{
    char line[LINE_MAX_BYTES];
    const int size = snprintf(line, sizeof line, "%s%.*s\n", front, (int)len, word);
    return cli_print_bytes(line, (size_t)size, err);
}

/* What follows the words in the name of a command; NULL: they are not its beginning. */
static const char *rest_of(const char *name, const words *given)
{
    for (size_t i = 0; i < given->count; i++) {
        const size_t len = strlen(given->items[i]);
        if (strncmp(name, given->items[i], len) != 0 || name[len] != ' ') {
            return NULL;
        }
        name += len + 1;
    }
    return name;
}

/* Each next word once: some commands of a group stand apart from the others. */
static bool is_repeated(const words *given, size_t at, const char *word, size_t len)
{
    for (size_t i = 0; i < at; i++) {
        const char *other = rest_of(cli_command_at(i)->name, given);
        if (other != NULL && strcspn(other, " ") == len && strncmp(other, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status print_next_words(const words *given, cihsm_error *err)
{
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        const char *rest = rest_of(c->name, given);
        const size_t len = rest == NULL ? 0 : strcspn(rest, " ");
        if (len > 0 && !is_repeated(given, i, rest, len)) {
            CLI_TRY(print_word("", rest, len, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status print_options(const cli_option *options, cihsm_error *err)
{
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        CLI_TRY(print_word("--", o->name, strlen(o->name), err));
    }
    return CIHSM_OK;
}

static const cli_option *find_option(const cli_option *options, const char *name)
{
    const cli_option *o = options;
    while (o != NULL && o->name != NULL && strcmp(o->name, name) != 0) {
        o++;
    }
    return o == NULL || o->name == NULL ? NULL : o;
}

/* "Name|ID" is all that there is; "FILE" tells nothing. */
static cihsm_status print_values(const char *values, cihsm_error *err)
{
    while (*values != '\0') {
        const size_t len = strcspn(values, "|");
        CLI_TRY(print_word("", values, len, err));
        values += len + (values[len] == '|' ? 1 : 0);
    }
    return CIHSM_OK;
}

cihsm_status cli_complete_words(const char *line, cihsm_error *err)
{
    words given = {.count = 0};
    size_t used = 0;
    split(line, &given);
    const cli_command *command = cli_lookup(given.items, given.count, &used);
    const char *last = given.count == 0 ? "" : given.items[given.count - 1];
    const cli_option *option = NULL;
    if (command != NULL && strncmp(last, "--", 2) == 0) {
        option = find_option(command->options, last + 2);
        option = option == NULL ? find_option(CLI_GLOBAL_OPTIONS, last + 2) : option;
    }
    if (option != NULL && option->argument != NULL) {
        return strchr(option->argument, '|') == NULL ? CIHSM_OK
                                                     : print_values(option->argument, err);
    }
    CLI_TRY(print_next_words(&given, err));
    if (command == NULL) {
        return CIHSM_OK;
    }
    CLI_TRY(print_options(command->options, err));
    return print_options(CLI_GLOBAL_OPTIONS, err);
}
