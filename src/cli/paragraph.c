/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/paragraph.h"

#include <stdbool.h>
#include <string.h>

#include "cli/screen.h"

void cli_put_wrapped(FILE *to, const char *text, size_t at, size_t column)
{
    for (size_t room = CLI_WIDTH - at; *text != '\0'; room = CLI_WIDTH - column) {
        const size_t len = screen_line(text, room);
        fprintf(to, "%.*s\n", (int)len, text);
        text += len + strspn(text + len, " ");
        fprintf(to, "%*s", *text == '\0' ? 0 : (int)column, "");
    }
}

/* The bytes up to the end of an argument, or of an option and its value: quotes hold together. */
static size_t piece_of(const char *text)
{
    size_t len = 0;
    bool is_quoted = false;
    const bool is_option = strncmp(text, "--", 2) == 0;
    for (size_t blanks = 0; text[len] != '\0'; len++) {
        is_quoted = is_quoted != (text[len] == '"');
        if (text[len] != ' ' || is_quoted) {
            continue;
        }
        if (!is_option || blanks++ > 0 || strncmp(text + len, " --", 3) == 0) {
            break;
        }
    }
    return len;
}

void cli_put_example(const char *example)
{
    enum { INDENT = 2, DEEPER = 4, BACKSLASH = 2 };
    size_t at = INDENT;
    printf("Example:\n%*s", INDENT, "");
    const bool is_long = INDENT + strlen(example) > CLI_WIDTH;
    for (const char *text = example; *text != '\0';) {
        const size_t len = piece_of(text);
        const size_t room = text[len] == '\0' ? CLI_WIDTH : CLI_WIDTH - BACKSLASH;
        if (is_long && text != example && at + 1 + len > room) {
            printf(" \\\n%*s", DEEPER - 1, "");
            at = DEEPER - 1;
        }
        printf("%s%.*s", text == example ? "" : " ", (int)len, text);
        at += len + (text == example ? 0 : 1);
        text += len + strspn(text + len, " ");
    }
    puts("\n");
}
