/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion_words.h"

#include <ctype.h>
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

/* @p told: what it is, behind a tab; NULL: nothing is told. */
static cihsm_status print_word(const char *front, const char *word, size_t len, const char *told,
                               cihsm_error *err)
{
    char line[LINE_MAX_BYTES];
    const int size = snprintf(line, sizeof line, "%s%.*s%s%s\n", front, (int)len, word,
                              told == NULL ? "" : "\t", told == NULL ? "" : told);
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
            CLI_TRY(print_word("", rest, len, rest[len] == '\0' ? c->summary : NULL, err));
        }
    }
    return CIHSM_OK;
}

static cihsm_status print_options(const cli_option *options, cihsm_error *err)
{
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        CLI_TRY(print_word("--", o->name, strlen(o->name), o->help, err));
    }
    return CIHSM_OK;
}

/* By "--output" or "-o". */
static const cli_option *find_option(const cli_option *options, const char *word)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    for (const cli_option *o = options; o != NULL && o->name != NULL; o++) {
        const bool is_letter = o->letter != 0 && word[1] == o->letter && word[2] == '\0';
        if (is_long ? strcmp(o->name, word + 2) == 0 : is_letter) {
            return o;
        }
    }
    return NULL;
}

/* The option of a command, or of every command, that takes the word behind this one. */
static const cli_option *taker(const cli_command *command, const char *word)
{
    if (word[0] != '-' || word[1] == '\0') {
        return NULL;
    }
    const cli_option *option = command == NULL ? NULL : find_option(command->options, word);
    option = option == NULL ? find_option(CLI_GLOBAL_OPTIONS, word) : option;
    return option == NULL || option->argument == NULL ? NULL : option;
}

/* The first argument after the @p used words of the command; NULL: there is none yet. */
static const char *first_argument(const words *given, const cli_command *command, size_t used)
{
    for (size_t i = used; i < given->count; i++) {
        if (given->items[i][0] != '-') {
            return given->items[i];
        }
        i += taker(command, given->items[i]) == NULL ? 0 : 1;
    }
    return NULL;
}

typedef struct names {
    const char *of;   /* option or command */
    const char *what; /* as for cli_complete */
} names;

static const char *what_of(const names *rows, size_t count, const char *of)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].of, of) == 0) {
            return rows[i].what;
        }
    }
    return NULL;
}

/* A set, or a path, which begins with one. */
static bool is_set(const char *argument)
{
    argument += argument[0] == '[';
    return strncmp(argument, "SET", 3) == 0 || strncmp(argument, "PATH", 4) == 0 ||
           strncmp(argument, "RESOURCE", 8) == 0;
}

static const char *names_of_option(const cli_option *option)
{
    static const names ROWS[] = {{"profile", "profiles"},   {"confirm-profile", "profiles"},
                                 {"select", "properties"},  {"fields", "properties"},
                                 {"orderby", "properties"}, {"time-property", "properties"},
                                 {"expand", "navigations"}};
    return is_set(option->argument) ? "sets"
                                    : what_of(ROWS, sizeof ROWS / sizeof *ROWS, option->name);
}

static const char *names_of_command(const cli_command *command)
{
    static const names ROWS[] = {
        {"call", "functions"}, {"profile use", "profiles"}, {"profile show", "profiles"}};
    return is_set(command->arguments) ? "sets"
                                      : what_of(ROWS, sizeof ROWS / sizeof *ROWS, command->name);
}

/* Values that the help of an option tells in words; compared with it by a test. A row is of the
 * option of one command, or of every command. */
static const char *values_of_option(const cli_command *command, const cli_option *option)
{
#define KEY_TYPES "rsa:2048|rsa:3072|rsa:4096|ec:P-256|ec:P-384"
#define ARTIFACT_TYPES "flow|message-mapping|value-mapping|script-collection"
    static const names ROWS[] = {
        {"output", "table|json|jsonl|csv"},
        {"color", "auto|always|never"},
        {"auth", "certificate|oauth-certificate|oauth-secret"},
        {"cert expiry --output", "table|json|jsonl|csv|nagios|prometheus"},
        {"key generate --type", KEY_TYPES},
        {"csr create --digest", "sha256|sha384|sha512"},
        {"artifact list --type", ARTIFACT_TYPES},
        {"snapshot --type", ARTIFACT_TYPES},
        {"runtime list --status", "STARTED|STARTING|STOPPING|ERROR"},
        {"message list --status", "COMPLETED|FAILED|RETRY"},
    };
    const size_t count = sizeof ROWS / sizeof *ROWS;
    char of[128];
    snprintf(of, sizeof of, "%s --%s", command == NULL ? "" : command->name, option->name);
    const char *told = what_of(ROWS, count, of);
    told = told == NULL ? what_of(ROWS, count, option->name) : told;
    return told == NULL && strchr(option->argument, '|') != NULL ? option->argument : told;
}

/* Each of "Name|ID", up to a blank. */
static cihsm_status print_values(const char *values, cihsm_error *err)
{
    while (*values != '\0' && *values != ' ') {
        const size_t len = strcspn(values, "| ");
        CLI_TRY(print_word("", values, len, NULL, err));
        values += len + (values[len] == '|' ? 1 : 0);
    }
    return CIHSM_OK;
}

static cihsm_status print_option_values(const cli_command *command, const cli_option *option,
                                        cli_wanted_names *wanted, cihsm_error *err)
{
    const char *values = values_of_option(command, option);
    wanted->what = names_of_option(option);
    return values == NULL ? CIHSM_OK : print_values(values, err);
}

cihsm_status cli_complete_words(const char *line, cli_wanted_names *wanted, cihsm_error *err)
{
    words given = {.count = 0};
    size_t used = 0;
    *wanted = (cli_wanted_names){.what = NULL};
    split(line, &given);
    if (given.count > 0 && strcmp(given.items[0], "help") == 0) {
        memmove(given.items, given.items + 1, --given.count * sizeof *given.items);
        return print_next_words(&given, err);
    }
    const cli_command *command = cli_lookup(given.items, given.count, &used);
    const char *last = given.count == 0 ? "" : given.items[given.count - 1];
    const cli_option *option = taker(command, last);
    const char *argument = command == NULL ? NULL : first_argument(&given, command, used);
    snprintf(wanted->set, sizeof wanted->set, "%s", argument == NULL ? "" : argument);
    if (option != NULL) {
        return print_option_values(command, option, wanted, err);
    }
    CLI_TRY(print_next_words(&given, err));
    if (command == NULL) {
        return CIHSM_OK;
    }
    if (argument == NULL) {
        wanted->what = names_of_command(command);
        if (islower((unsigned char)command->arguments[0])) { /* "bash|zsh|fish", no "SET" */
            CLI_TRY(print_values(command->arguments, err));
        }
    }
    CLI_TRY(print_options(command->options, err));
    return print_options(CLI_GLOBAL_OPTIONS, err);
}
