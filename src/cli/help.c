/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/lookup.h"
#include "cli/output.h"

enum { OPTION_WIDTH = 24, COMMAND_WIDTH = 24, NOUN_WIDTH = 18, WIDTH = 80 };

/* A text that starts at @p at, wrapped between words to @p column, which is not behind it. */
static void print_wrapped(const char *text, size_t at, size_t column)
{
    for (bool is_first = true; *text != '\0';) {
        const size_t word = strcspn(text, " ");
        if (!is_first && at + 1 + word > WIDTH) {
            printf("\n%*s", (int)column, "");
            at = column;
            is_first = true;
        }
        at += (size_t)printf("%s%.*s", is_first ? "" : " ", (int)word, text);
        is_first = false;
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}

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
        print_wrapped(rows->help, OPTION_WIDTH + 4, OPTION_WIDTH + 4);
    }
}

typedef enum section { SECTION_LOGIN, SECTION_INTEGRATION, SECTION_ODATA, SECTION_COUNT } section;

static const char *const HEADINGS[SECTION_COUNT] = {
    [SECTION_LOGIN] = "Token, certificate and login:",
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
    static const char *const LOGIN[] = {
        "profile",          "token", "key",   "csr", "cert", "service-key",
        "service-instance", "role",  "doctor"};
    for (size_t i = 0; i < sizeof LOGIN / sizeof *LOGIN; i++) {
        if (is_of(command, LOGIN[i])) {
            return SECTION_LOGIN;
        }
    }
    if (is_of(command, "snapshot")) {
        return SECTION_INTEGRATION;
    }
    return strchr(command->name, ' ') == NULL ? SECTION_ODATA : SECTION_INTEGRATION;
}

static void print_command(const cli_command *command, int width)
{
    const int at = printf("  %-*s  ", width, command->name);
    print_wrapped(command->summary, at < 0 ? 0 : (size_t)at, (size_t)width + 4);
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

/* "key", and what can be done with keys. */
static void print_noun(size_t at)
{
    char noun[CLI_GROUP_MAX];
    char verbs[CLI_VERBS_MAX];
    const char *name = cli_command_at(at)->name;
    snprintf(noun, sizeof noun, "%.*s", (int)strcspn(name, " "), name);
    if (!is_told(at, noun)) {
        cli_lookup_verbs(noun, verbs, sizeof verbs);
        printf("  %-*s  ", NOUN_WIDTH, noun);
        print_wrapped(verbs, NOUN_WIDTH + 4, NOUN_WIDTH + 4);
    }
}

static void print_section(section wanted, bool is_full)
{
    printf("\n%s\n", HEADINGS[wanted]);
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (section_of(c) != wanted) {
            continue;
        }
        if (is_full || strchr(c->name, ' ') == NULL) {
            print_command(c, is_full ? COMMAND_WIDTH : NOUN_WIDTH);
        } else {
            print_noun(i);
        }
    }
}

cihsm_status cli_help(bool is_full, cihsm_error *err)
{
    puts("Example:\n"
         "  cihsm get MessageProcessingLogs --top 5\n"
         "\n"
         "Calls the SAP Cloud Integration OData API with a client certificate whose\n"
         "private key stays on an HSM or smartcard (PKCS#11).\n"
         "\n"
         "Usage:\n"
         "  cihsm COMMAND [ARGUMENT]... [OPTION]...");
    for (section i = SECTION_LOGIN; i < SECTION_COUNT; i++) {
        print_section(i, is_full);
    }
    puts("\nOptions for every command:");
    print_options(CLI_GLOBAL_OPTIONS);
    puts("\n"
         "An option comes before the environment (CIHSM_PROFILE, CIHSM_PIN_SOURCE, ...),\n"
         "that before the profile. \"cihsm NOUN --help\" lists the commands of one,\n"
         "\"cihsm --help -v\" all of them; \"cihsm COMMAND --help\" tells more of one.");
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
        print_wrapped(note, 0, 0);
    }
}

/* Those of the commands of a group, each once. */
static void print_notes(const char *group)
{
    const char *last = NULL;
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (is_of(c, group) && c->note != last) {
            print_note(c->note);
            last = c->note;
        }
    }
}

cihsm_status cli_help_group(const char *group, cihsm_error *err)
{
    puts("Commands:");
    const cli_command *c = NULL;
    for (size_t i = 0; (c = cli_command_at(i)) != NULL; i++) {
        if (is_of(c, group)) {
            print_command(c, COMMAND_WIDTH);
        }
    }
    print_notes(group);
    printf("\n\"cihsm %s VERB --help\" tells more.\n", group);
    return cli_flush_stdout(err);
}

cihsm_status cli_help_command(const cli_command *command, cihsm_error *err)
{
    printf("Example:\n  %s\n\n", command->example);
    print_wrapped(command->summary, 0, 0);
    printf("\nUsage:\n  cihsm %s%s%s [OPTION]...\n", command->name,
           command->arguments[0] == '\0' ? "" : " ", command->arguments);
    if (command->options != NULL) {
        puts("\nOptions:");
        print_options(command->options);
    }
    print_note(command->note);
    puts("\nOptions for every command: \"cihsm --help\".");
    return cli_flush_stdout(err);
}

cihsm_status cli_print_version(cihsm_error *err)
{
    printf("cihsm %s\n", cihsm_version());
    return cli_flush_stdout(err);
}
