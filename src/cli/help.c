/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/lookup.h"
#include "cli/output.h"
#include "cli/paragraph.h"

#define TOPIC_OPTIONS "options"

enum {
    OPTION_WIDTH = 24,
    COMMAND_WIDTH = 24,
    COMMAND_WIDTH_MOST = 32,
    WIDTH = 80,
    NOUNS_MAX = 1024
};

static void print_options(const cli_option *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        char left[80];
        const int len =
            snprintf(left, sizeof left, "%s%c%s--%s%s%s", rows->letter ? "-" : " ",
                     rows->letter ? rows->letter : ' ', rows->letter ? ", " : "  ", rows->name,
                     rows->argument ? " " : "", rows->argument ? rows->argument : "");
        printf("  %-*s%s", OPTION_WIDTH, left, len <= OPTION_WIDTH ? "  " : "\n");
        printf("%*s", len <= OPTION_WIDTH ? 0 : OPTION_WIDTH + 4, "");
        cli_put_wrapped(stdout, rows->help, OPTION_WIDTH + 4, OPTION_WIDTH + 4);
    }
}

typedef enum section { SECTION_SETUP, SECTION_INTEGRATION, SECTION_ODATA, SECTION_COUNT } section;

static const char *const HEADINGS[SECTION_COUNT] = {
    [SECTION_SETUP] = "Token, certificate, login and this program:",
    [SECTION_INTEGRATION] = "Cloud Integration:",
    [SECTION_ODATA] = "OData:",
};

/* Whether a command is of a group, "key generate" of "key"; a command is a group of its own. */
static bool is_of(const cli_command *command, const char *group)
{
    const size_t len = strlen(group);
    const char *name = command->name;
    return strncmp(name, group, len) == 0 && (name[len] == ' ' || name[len] == '\0');
}

static section section_of(const cli_command *command)
{
    static const char *const SETUP[] = {
        "profile",          "token", "key",    "csr",        "cert",   "service-key",
        "service-instance", "role",  "doctor", "completion", "version"};
    for (size_t i = 0; i < sizeof SETUP / sizeof *SETUP; i++) {
        if (is_of(command, SETUP[i])) {
            return SECTION_SETUP;
        }
    }
    if (is_of(command, "snapshot")) {
        return SECTION_INTEGRATION;
    }
    return strchr(command->name, ' ') == NULL ? SECTION_ODATA : SECTION_INTEGRATION;
}

/* @param width  of the column of names; what is longer has a line of its own */
static void print_command(const cli_command *command, size_t width)
{
    const bool fits = strlen(command->name) <= width;
    printf("  %-*s%s", (int)width, command->name, fits ? "  " : "\n");
    printf("%*s", fits ? 0 : (int)width + 4, "");
    cli_put_wrapped(stdout, command->summary, width + 4, width + 4);
}

/* Whether a command before this one begins with the same word. */
static bool is_told(size_t at, const char *noun)
{
    for (size_t i = 0; i < at; i++) {
        if (is_of(cli_command_at(i), noun)) {
            return true;
        }
    }
    return false;
}

/* "profile, token, key": the first words of the commands of a section. */
static void print_nouns(FILE *to, section wanted)
{
    char nouns[NOUNS_MAX] = "";
    size_t len = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        char noun[CLI_GROUP_MAX];
        snprintf(noun, sizeof noun, "%.*s", (int)strcspn(c->name, " "), c->name);
        if (section_of(c) == wanted && !is_told(i, noun) && len < sizeof nouns) {
            len += (size_t)snprintf(nouns + len, sizeof nouns - len, "%s%s", len == 0 ? "" : ", ",
                                    noun);
        }
    }
    assert(len < sizeof nouns);
    fputs("  ", to);
    cli_put_wrapped(to, nouns, 2, 2);
}

static void print_commands(section wanted)
{
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (section_of(c) == wanted) {
            print_command(c, COMMAND_WIDTH);
        }
    }
}

static void print_global_options(void)
{
    puts("Options for every command:");
    print_options(CLI_GLOBAL_OPTIONS);
    puts("\n"
         "An option comes before the environment (CIHSM_PROFILE, CIHSM_PIN_SOURCE, ...),\n"
         "that before the profile.");
}

static void print_head(FILE *to)
{
    fputs("Example:\n"
          "  cihsm get MessageProcessingLogs --top 5\n"
          "\n"
          "Calls the SAP Cloud Integration OData API with a client certificate whose\n"
          "private key stays on an HSM or smartcard (PKCS#11).\n"
          "\n"
          "Usage:\n"
          "  cihsm COMMAND [ARGUMENT]... [OPTION]...\n",
          to);
}

void cli_help_short(FILE *to)
{
    print_head(to);
    for (section i = SECTION_SETUP; i < SECTION_COUNT; i++) {
        fprintf(to, "\n%s\n", HEADINGS[i]);
        print_nouns(to, i);
    }
    fputc('\n', to);
    cli_put_wrapped(to,
                    "More: \"cihsm COMMAND --help\"; \"cihsm help " TOPIC_OPTIONS
                    "\": the options for every command; \"cihsm --help -v\": all of it.",
                    0, 0);
}

cihsm_status cli_help(cihsm_error *err)
{
    cli_help_short(stdout);
    return cli_flush_stdout(err);
}

cihsm_status cli_help_full(cihsm_error *err)
{
    print_head(stdout);
    for (section i = SECTION_SETUP; i < SECTION_COUNT; i++) {
        printf("\n%s\n", HEADINGS[i]);
        print_commands(i);
    }
    putchar('\n');
    print_global_options();
    return cli_flush_stdout(err);
}

bool cli_help_is_topic(const cli_env *env)
{
    return env->argument_count == 1 && strcmp(env->arguments[0], TOPIC_OPTIONS) == 0;
}

cihsm_status cli_help_topic(cihsm_error *err)
{
    print_global_options();
    return cli_flush_stdout(err);
}

static bool has_group(const char *group)
{
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (is_of(c, group)) {
            return true;
        }
    }
    return false;
}

size_t cli_help_group_of(const char *const *words, size_t count, char out[CLI_GROUP_MAX])
{
    char longer[CLI_GROUP_MAX] = "";
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(longer + len, sizeof longer - len, "%s%s", i == 0 ? "" : " ",
                                words[i]);
        if (len >= sizeof longer || !has_group(longer)) {
            return i;
        }
        memcpy(out, longer, len + 1);
    }
    return count;
}

static void print_note(const char *note)
{
    if (note != NULL) {
        putchar('\n');
        cli_put_wrapped(stdout, note, 0, 0);
    }
}

/* Whether another command of the group has the same note. */
static bool is_shared(const cli_command *of, const char *group)
{
    size_t count = 0;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        count += is_of(c, group) && c->note == of->note;
    }
    return count > 1;
}

/* What holds for several commands, each once; that of one stands in the help of that one. */
static void print_notes(const char *group)
{
    const char *last = NULL;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (is_of(c, group) && c->note != last && is_shared(c, group)) {
            print_note(c->note);
            last = c->note;
        }
    }
}

/* Of the names in a group. */
static size_t width_of(const char *group)
{
    size_t width = COMMAND_WIDTH;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        const size_t len = is_of(c, group) ? strlen(c->name) : 0;
        width = len > width && len <= COMMAND_WIDTH_MOST ? len : width;
    }
    return width;
}

cihsm_status cli_help_group(const char *group, cihsm_error *err)
{
    const size_t width = width_of(group);
    bool is_first = true;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (!is_of(c, group)) {
            continue;
        }
        if (is_first) {
            cli_put_example(c->example);
            puts("Commands:");
            is_first = false;
        }
        print_command(c, width);
    }
    print_notes(group);
    printf("\n\"cihsm %s VERB --help\" tells more.\n", group);
    return cli_flush_stdout(err);
}

cihsm_status cli_help_command(const cli_command *command, cihsm_error *err)
{
    cli_put_example(command->example);
    cli_put_wrapped(stdout, command->summary, 0, 0);
    printf("\nUsage:\n  cihsm %s%s%s [OPTION]...\n", command->name,
           command->arguments[0] == '\0' ? "" : " ", command->arguments);
    if (command->options != NULL) {
        puts("\nOptions:");
        print_options(command->options);
    }
    print_note(command->note);
    puts("\nOptions for every command: \"cihsm help " TOPIC_OPTIONS "\".");
    return cli_flush_stdout(err);
}

cihsm_status cli_print_version(cihsm_error *err)
{
    printf("cihsm %s\n", cihsm_version());
    return cli_flush_stdout(err);
}
