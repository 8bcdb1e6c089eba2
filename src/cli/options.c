/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/lookup.h"
#include "cli/report.h"
#include "cli/suggest.h"

enum { OPTIONS_MAX = 512, LETTERS_MAX = 64, LONG_BASE = 1000, OPTION_MAX = 64 };

/* The tables of all commands as getopt_long wants them. */
typedef struct table {
    const cli_option *rows[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1];
    char letters[LETTERS_MAX];
    size_t count;
} table;

static void add_rows(table *to, const cli_option *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        bool known = false;
        for (size_t i = 0; i < to->count; i++) {
            known = known || strcmp(to->rows[i]->name, rows->name) == 0;
        }
        if (known) {
            continue; /* an option of one name takes a value everywhere or nowhere (tested) */
        }
        assert(to->count < OPTIONS_MAX);
        to->rows[to->count] = rows;
        to->longs[to->count] = (struct option){
            .name = rows->name,
            .has_arg = rows->argument == NULL ? no_argument : required_argument,
            .val = LONG_BASE + (int)to->count,
        };
        to->count++;
    }
}

static void add_letters(table *to)
{
    size_t at = 0;
    to->letters[at++] = '-'; /* positional arguments come in order, as option 1 */
    to->letters[at++] = ':';
    for (size_t i = 0; i < to->count && at + 2 < LETTERS_MAX; i++) {
        if (to->rows[i]->letter != 0) {
            to->letters[at++] = to->rows[i]->letter;
            if (to->rows[i]->argument != NULL) {
                to->letters[at++] = ':';
            }
        }
    }
    to->letters[at] = '\0';
}

static void make_table(table *to)
{
    *to = (table){0};
    add_rows(to, CLI_GLOBAL_OPTIONS);
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        add_rows(to, c->options);
    }
    add_letters(to);
}

static const cli_option *row_of(const table *from, int code)
{
    if (code >= LONG_BASE) {
        return from->rows[code - LONG_BASE];
    }
    for (size_t i = 0; i < from->count; i++) {
        if (from->rows[i]->letter == code) {
            return from->rows[i];
        }
    }
    return NULL;
}

/* The word of the long option that getopt_long just read. */
static const char *typed_option(const cli_option *option, char **argv)
{
    const bool has_own_word = option->argument != NULL && optarg == argv[optind - 1];
    return argv[optind - (has_own_word ? 2 : 1)];
}

/* getopt_long takes any unambiguous abbreviation; a script that used one would break later. */
static bool is_abbreviated(const cli_option *option, const char *typed)
{
    const size_t len = strcspn(typed, "=");
    return strncmp(typed, "--", 2) == 0 &&
           (len - 2 != strlen(option->name) || strncmp(typed + 2, option->name, len - 2) != 0);
}

/* A word that is no option, or an option with a value too many or too few. */
typedef struct mistake {
    const char *typed; /* NULL: there is none */
    int code;          /* optopt: which option; 0: a long one that is unknown */
    bool lacks_value;
} mistake;

static size_t add_names(const cli_option *rows, const char **names, size_t count)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        assert(count < OPTIONS_MAX);
        names[count++] = rows->name;
    }
    return count;
}

/* Suggests what the command takes, and nothing that it would refuse in its turn. */
static cihsm_status refuse_unknown(const cli_env *env, const char *typed, cihsm_error *err)
{
    size_t used = 0;
    const cli_command *command = cli_lookup(env->arguments, env->argument_count, &used);
    const char *names[OPTIONS_MAX];
    char wanted[OPTION_MAX] = "";
    char suggestion[CLI_SUGGEST_MAX] = "";
    if (strncmp(typed, "--", 2) == 0) {
        const size_t own = command == NULL ? 0 : add_names(command->options, names, 0);
        snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(typed + 2, "="), typed + 2);
        cli_suggest(names, add_names(CLI_GLOBAL_OPTIONS, names, own), wanted, "--", suggestion);
    }
    return cli_fail(err, CIHSM_E_USAGE, "unknown option %.80s: %s\"cihsm %s --help\" lists %s",
                    typed, suggestion, command == NULL ? "COMMAND" : command->name,
                    command == NULL ? "those of a command" : "the options");
}

static cihsm_status refuse(const cli_env *env, const table *from, const mistake *what,
                           cihsm_error *err)
{
    if (what->code >= LONG_BASE) {
        return cli_fail(err, CIHSM_E_USAGE, "option --%s %s",
                        from->rows[what->code - LONG_BASE]->name,
                        what->lacks_value ? "needs a value" : "takes no value");
    }
    const char letter[] = {'-', (char)what->code, '\0'};
    if (what->lacks_value) {
        return cli_fail(err, CIHSM_E_USAGE, "option %s needs a value", letter);
    }
    return refuse_unknown(env, what->code == 0 ? what->typed : letter, err);
}

static void keep_first(mistake *first, mistake made)
{
    if (first->typed == NULL) {
        *first = made;
    }
}

static void take_option(cli_env *env, const table *options, int code, char **argv, mistake *first)
{
    const cli_option *row = code == '?' || code == ':' ? NULL : row_of(options, code);
    if (row == NULL) {
        keep_first(first, (mistake){argv[optind - 1], optopt, code == ':'});
    } else if (code >= LONG_BASE && is_abbreviated(row, typed_option(row, argv))) {
        keep_first(first, (mistake){typed_option(row, argv), 0, false});
    } else {
        env->given[env->given_count++] = (cli_given){row, optarg};
    }
}

/* Goes on behind a mistake: the words there tell the command, and how errors are printed. */
static cihsm_status parse_words(cli_env *env, const table *options, int argc, char **argv,
                                cihsm_error *err)
{
    mistake first = {NULL, 0, false};
    opterr = 0;
    optind = 1;
    int code = 0;
    while ((code = getopt_long(argc, argv, options->letters, options->longs, NULL)) != -1) {
        if (code == 1) {
            env->arguments[env->argument_count++] = optarg;
        } else {
            take_option(env, options, code, argv, &first);
        }
    }
    for (int i = optind; i < argc; i++) {
        env->arguments[env->argument_count++] = argv[i];
    }
    return first.typed == NULL ? CIHSM_OK : refuse(env, options, &first, err);
}

static bool is_in(const cli_option *rows, const char *name)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        if (strcmp(rows->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static cihsm_status check_against_command(const cli_env *env, cihsm_error *err)
{
    const cli_command *command = env->command;
    for (size_t i = 0; i < env->given_count; i++) {
        const char *name = env->given[i].option->name;
        if (!is_in(CLI_GLOBAL_OPTIONS, name) && !is_in(command->options, name)) {
            return cli_fail(err, CIHSM_E_USAGE,
                            "--%s is no option of \"cihsm %s\": \"cihsm %s --help\" lists them",
                            name, command->name, command->name);
        }
    }
    if (cli_has(env, "help")) {
        return CIHSM_OK;
    }
    if (cli_has(env, "dry-run") && !command->is_write) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "--dry-run is for commands that write to the tenant, which \"cihsm %s\" "
                        "does not",
                        command->name);
    }
    if (env->argument_count < command->argument_min) {
        return cli_fail(err, CIHSM_E_USAGE, "missing argument: cihsm %s %s", command->name,
                        command->arguments);
    }
    if (env->argument_count > command->argument_max) {
        return cli_fail(err, CIHSM_E_USAGE, "surplus argument \"%.80s\": cihsm %s%s%s",
                        env->arguments[command->argument_max], command->name,
                        command->arguments[0] == '\0' ? "" : " ", command->arguments);
    }
    return CIHSM_OK;
}

/* "cihsm help key list" means "cihsm key list --help". */
static void take_help_word(cli_env *env, const table *options)
{
    if (env->argument_count == 0 || strcmp(env->arguments[0], "help") != 0) {
        return;
    }
    env->given[env->given_count++] = (cli_given){row_of(options, 'h'), NULL};
    env->argument_count--;
    memmove(env->arguments, env->arguments + 1, env->argument_count * sizeof *env->arguments);
}

/* Help was asked for words that are a group, or a topic. */
static bool is_group_help(const cli_env *env)
{
    char group[CLI_GROUP_MAX];
    return cli_has(env, "help") &&
           (cli_help_is_topic(env) ||
            cli_help_group_of(env->arguments, env->argument_count, group) == env->argument_count);
}

cihsm_status cli_parse(cli_env *env, int argc, char **argv, cihsm_error *err)
{
    table options;
    make_table(&options);
    env->given = calloc((size_t)argc, sizeof *env->given);
    env->arguments = calloc((size_t)argc, sizeof *env->arguments);
    if (env->given == NULL || env->arguments == NULL) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory");
    }
    CLI_TRY(parse_words(env, &options, argc, argv, err));
    take_help_word(env, &options);
    if (env->argument_count == 0) {
        return CIHSM_OK;
    }
    size_t used = 0;
    env->command = cli_lookup(env->arguments, env->argument_count, &used);
    if (env->command == NULL) {
        return is_group_help(env) ? CIHSM_OK : cli_lookup_fail(env, err);
    }
    env->argument_count -= used;
    memmove(env->arguments, env->arguments + used, env->argument_count * sizeof *env->arguments);
    return check_against_command(env, err);
}

void cli_env_free(cli_env *env)
{
    cihsm_config_free(&env->configs[0]);
    cihsm_config_free(&env->configs[1]);
    free(env->given);
    free(env->arguments);
}

const char *cli_value_at(const cli_env *env, const char *name, size_t at)
{
    for (size_t i = 0; i < env->given_count; i++) {
        if (strcmp(env->given[i].option->name, name) == 0 && at-- == 0) {
            return env->given[i].value;
        }
    }
    return NULL;
}

size_t cli_times(const cli_env *env, const char *name)
{
    size_t times = 0;
    for (size_t i = 0; i < env->given_count; i++) {
        times += strcmp(env->given[i].option->name, name) == 0;
    }
    return times;
}

const char *cli_value(const cli_env *env, const char *name)
{
    const size_t times = cli_times(env, name);
    return times == 0 ? NULL : cli_value_at(env, name, times - 1);
}

bool cli_has(const cli_env *env, const char *name)
{
    return cli_times(env, name) > 0;
}

cihsm_status cli_number(const cli_env *env, const char *name, long least, long *out,
                        cihsm_error *err)
{
    const char *text = cli_value(env, name);
    if (text == NULL) {
        return CIHSM_OK;
    }
    char *end = NULL;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least) {
        return cli_fail(err, CIHSM_E_USAGE, "--%s takes a whole number from %ld, not \"%.40s\"",
                        name, least, text);
    }
    *out = number;
    return CIHSM_OK;
}
