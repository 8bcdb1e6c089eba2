/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the resources: name, arguments, options and help from their rows. Made once.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/resource.h"
#include "cli/write_send.h"

enum { COMMANDS_MAX = 160, OPTIONS_MAX = 24, TEXT_MAX = 160 };

typedef struct verb_row {
    const char *name;
    const char *action; /* what the summary says before one or many, and after */
    const char *addition;
    bool is_of_many;
    cihsm_status (*run)(cli_env *env, cihsm_error *err);
} verb_row;

static const verb_row VERBS[CLI_VERB_COUNT] = {
    [CLI_VERB_LIST] = {"list", "list", "", true, cli_resource_list},
    [CLI_VERB_SHOW] = {"show", "show", "", false, cli_resource_show},
    [CLI_VERB_STATUS] = {"status", "tell the state of", "", false, cli_resource_status},
    [CLI_VERB_GET] = {"get", "print the content of", "", false, cli_resource_get},
    [CLI_VERB_CREATE] = {"create", "create", "", false, cli_resource_create},
    [CLI_VERB_UPDATE] = {"update", "change", "; what is not named stays", false,
                         cli_resource_update},
    [CLI_VERB_SET] = {"set", "create or change", "", false, cli_resource_set},
    [CLI_VERB_ACTIVATE] = {"activate", "switch on", "", false, cli_resource_activate},
    [CLI_VERB_DEACTIVATE] = {"deactivate", "switch off", "", false, cli_resource_deactivate},
    [CLI_VERB_DELETE] = {"delete", "delete", "", false, cli_resource_delete},
};

static const cli_option FIELDS = {"fields", "NAMES",
                                  "print only these members, in this order: Name,Description", 0};
static const cli_option OUT = {"out", "PATH",
                               "write to this file; DIR/: to a new file there, by its name", 0};
static const cli_option SHOW = {"show", NULL, "read it again where the tenant answers with nothing",
                                0};
static const cli_option CONFIRM = {"confirm-profile", "NAME",
                                   "repeats the name of a profile that is protected", 0};

/* A command with the texts that it borrows. */
typedef struct made {
    cli_command command;
    cli_option options[OPTIONS_MAX];
    size_t option_count;
    char name[TEXT_MAX];
    char summary[TEXT_MAX];
    char arguments[TEXT_MAX];
    char example[2 * TEXT_MAX];
} made;

static made COMMANDS[COMMANDS_MAX];

/* The last row stays empty: it ends the table. */
static void add_option(made *to, const cli_option *row)
{
    for (size_t i = 0; i < to->option_count; i++) {
        if (strcmp(to->options[i].name, row->name) == 0) {
            return; /* two kinds have it */
        }
    }
    assert(to->option_count + 1 < OPTIONS_MAX);
    to->options[to->option_count++] = *row;
}

static void add_fields(made *to, const cli_kind *kind, cli_verb verb)
{
    for (const cli_field *field = kind->fields; field->name != NULL; field++) {
        if (cli_field_is_of(field, verb) && !cli_field_is_placed(field, verb)) {
            const cli_option row = {field->name, field->argument, field->help, 0};
            add_option(to, &row);
        }
    }
}

static void add_options(made *to, const cli_resource *of, cli_verb verb)
{
    if (of->types != NULL) {
        const cli_option type = {"type", "TYPE", of->types, 0};
        add_option(to, &type);
    }
    for (const cli_kind *kind = of->kinds; kind->set != NULL; kind++) {
        add_fields(to, kind, verb);
    }
    if (verb == CLI_VERB_LIST) {
        add_option(to, &FIELDS);
    } else if (verb == CLI_VERB_GET) {
        add_option(to, &OUT);
    } else if (((1U << verb) & CLI_WRITES) != 0) {
        add_option(to, &SHOW);
    }
    if (((1U << verb) & CLI_CHANGES) != 0) {
        add_option(to, &CONFIRM);
    }
}

/* The kinds of a resource are named alike. */
static void add_arguments(made *to, const cli_kind *kind, cli_verb verb)
{
    size_t len = 0;
    for (const cli_field *field = kind->fields; field->name != NULL; field++) {
        if (cli_field_is_of(field, verb) && cli_field_is_placed(field, verb) && len < TEXT_MAX) {
            len += (size_t)snprintf(to->arguments + len, TEXT_MAX - len, "%s%s",
                                    len == 0 ? "" : " ", field->argument);
            to->command.argument_max++;
        }
    }
    to->command.argument_min = to->command.argument_max;
}

static void make(made *to, const cli_resource *of, cli_verb verb)
{
    const verb_row *row = &VERBS[verb];
    const char *rest = of->examples[verb];
    snprintf(to->name, TEXT_MAX, "%s %s", of->noun, row->name);
    snprintf(to->summary, TEXT_MAX, "%s %s%s", row->action, row->is_of_many ? of->many : of->one,
             row->addition);
    snprintf(to->example, sizeof to->example, "cihsm %s %s%s%s", of->noun, row->name,
             rest[0] == '\0' ? "" : " ", rest);
    add_arguments(to, of->kinds, verb);
    add_options(to, of, verb);
    to->command.name = to->name;
    to->command.summary = to->summary;
    to->command.arguments = to->arguments;
    to->command.example = to->example;
    to->command.options = to->option_count == 0 ? NULL : to->options;
    to->command.run = row->run;
    to->command.is_write = ((1U << verb) & CLI_CHANGES) != 0;
    to->command.note = of->note;
    to->command.resource = of;
}

static size_t make_all(void)
{
    size_t count = 0;
    for (const cli_resource *const *of = CLI_RESOURCES; *of != NULL; of++) {
        for (cli_verb verb = 0; verb < CLI_VERB_COUNT; verb++) {
            if (((*of)->verbs & (1U << verb)) != 0) {
                assert(count < COMMANDS_MAX);
                make(&COMMANDS[count++], *of, verb);
            }
        }
    }
    return count;
}

const cli_command *cli_resource_command(size_t at)
{
    static size_t count;
    if (count == 0) {
        count = make_all();
    }
    return at < count ? &COMMANDS[at].command : NULL;
}
