/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/next_step.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/report.h"

enum { LINE_MAX_BYTES = 4096 };

typedef struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
} line;

static void add(line *to, const char *bytes, size_t len)
{
    const size_t room = sizeof to->text - 1 - to->len;
    const size_t taken = len < room ? len : room;
    memcpy(to->text + to->len, bytes, taken);
    to->len += taken;
    to->text[to->len] = '\0';
}

/* A word as a POSIX shell reads it back. */
static void add_word(line *to, const char *word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,@%+";
    add(to, " ", 1);
    if (word[0] != '\0' && word[strspn(word, PLAIN)] == '\0') {
        add(to, word, strlen(word));
        return;
    }
    add(to, "'", 1);
    for (const char *at = word; *at != '\0'; at++) {
        const bool is_quote = *at == '\'';
        add(to, is_quote ? "'\\''" : at, is_quote ? 4 : 1);
    }
    add(to, "'", 1);
}

static bool has_word(const char *const *words, const char *option)
{
    for (; *words != NULL; words++) {
        if (strncmp(*words, "--", 2) == 0 && strcmp(*words + 2, option) == 0) {
            return true;
        }
    }
    return false;
}

/* Only what was typed: the environment and a profile stay in effect by themselves. */
static void add_given(const cli_env *env, const char *const *words, line *to)
{
    static const char *const REPEATED[] = {"config", "profile", "module",    "module-init",
                                           "token",  "key",     "pin-source"};
    for (size_t i = 0; i < sizeof REPEATED / sizeof *REPEATED; i++) {
        const char *value = cli_value(env, REPEATED[i]);
        if (value == NULL || has_word(words, REPEATED[i])) {
            continue;
        }
        add(to, " --", 3);
        add(to, REPEATED[i], strlen(REPEATED[i]));
        add_word(to, value);
    }
}

void cli_next(const cli_env *env, const char *lead, const char *const *words)
{
    line command = {.len = 0};
    cihsm_error ignored = {0};
    cli_format format = CLI_TABLE;
    if (cli_output_format(env, &format, &ignored) != CIHSM_OK || format != CLI_TABLE) {
        return;
    }
    for (size_t i = 0; words[i] != NULL; i++) {
        add_word(&command, words[i]);
    }
    add_given(env, words, &command);
    cli_note("next: %s%scihsm%s", lead == NULL ? "" : lead,
             lead == NULL ? "" : ", then: ", command.text);
}

void cli_next_uri(const char *uri, const char *name, char out[CLI_NEXT_URI_MAX])
{
    const char *at = strstr(uri, name);
    if (at == NULL || at == uri || (at[-1] != ':' && at[-1] != ';')) {
        snprintf(out, CLI_NEXT_URI_MAX, "%s", uri);
        return;
    }
    snprintf(out, CLI_NEXT_URI_MAX, "pkcs11:%.*s", (int)strcspn(at, ";?"), at);
}
