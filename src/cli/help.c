/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"

enum { OPTION_WIDTH = 24, COMMAND_WIDTH = 23, WIDTH = 80 };

/* A text that starts in @p column, wrapped between words to the same column. */
static void print_wrapped(const char *text, size_t column)
{
    for (size_t at = column; *text != '\0';) {
        const size_t word = strcspn(text, " ");
        if (at > column && at + 1 + word > WIDTH) {
            printf("\n%*s", (int)column, "");
            at = column;
        }
        at += (size_t)printf("%s%.*s", at > column ? " " : "", (int)word, text);
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
        print_wrapped(rows->help, OPTION_WIDTH + 4);
    }
}

static bool is_odata(const cli_command *command)
{
    return strchr(command->name, ' ') == NULL;
}

static void print_commands(bool odata)
{
    for (const cli_command *const *c = CLI_COMMANDS; *c != NULL; c++) {
        if (is_odata(*c) == odata) {
            printf("  %-*s  ", COMMAND_WIDTH, (*c)->name);
            print_wrapped((*c)->summary, COMMAND_WIDTH + 4);
        }
    }
}

cihsm_status cli_help(cihsm_error *err)
{
    puts("Example:\n"
         "  cihsm get MessageProcessingLogs --top 5\n"
         "\n"
         "Calls the SAP Cloud Integration OData API with a client certificate whose\n"
         "private key stays on an HSM or smartcard (PKCS#11).\n"
         "\n"
         "Usage:\n"
         "  cihsm COMMAND [ARGUMENT]... [OPTION]...\n"
         "\n"
         "Commands:");
    print_commands(false);
    puts("\nOData:");
    print_commands(true);
    puts("\nOptions for every command:");
    print_options(CLI_GLOBAL_OPTIONS);
    puts("\n"
         "An option comes before the environment (CIHSM_PROFILE, CIHSM_PIN_SOURCE, ...),\n"
         "that before the profile. \"cihsm COMMAND --help\" tells more.");
    return cli_flush_stdout(err);
}

cihsm_status cli_help_command(const cli_command *command, cihsm_error *err)
{
    printf("Example:\n  %s\n\n%s\n\nUsage:\n  cihsm %s%s%s [OPTION]...\n", command->example,
           command->summary, command->name, command->arguments[0] == '\0' ? "" : " ",
           command->arguments);
    if (command->options != NULL) {
        puts("\nOptions:");
        print_options(command->options);
    }
    puts("\nOptions for every command: \"cihsm --help\".");
    return cli_flush_stdout(err);
}

cihsm_status cli_print_version(cihsm_error *err)
{
    printf("cihsm %s\n", cihsm_version());
    return cli_flush_stdout(err);
}
