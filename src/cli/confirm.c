/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/confirm.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "cli/report.h"
#include "cli/screen.h"

enum { QUESTION_MAX = 1024, ANSWER_MAX = 16 };

static void terminal_close(FILE **terminal)
{
    if (*terminal != NULL) {
        fclose(*terminal);
        *terminal = NULL;
    }
}

/* The first characters of one line; "" at the end of the terminal. */
static void read_answer(FILE *terminal, char answer[ANSWER_MAX])
{
    size_t len = 0;
    int c = fgetc(terminal);
    while (c != EOF && c != '\n') {
        if (len + 1 < ANSWER_MAX) {
            answer[len++] = (char)c;
        }
        c = fgetc(terminal);
    }
    answer[c == EOF ? 0 : len] = '\0';
}

/* The question holds labels from outside: screen_put_line lets none move the cursor. */
static bool ask(FILE *terminal, const char *question)
{
    screen_put_line(terminal, question);
    fputs("Type yes to go on: ", terminal);
    fflush(terminal);
    char answer[ANSWER_MAX];
    read_answer(terminal, answer);
    return strcasecmp(answer, "yes") == 0 || strcasecmp(answer, "y") == 0;
}

cihsm_status cli_confirm(cli_env *env, cihsm_error *err, const char *format, ...)
{
    if (cli_has(env, "yes")) {
        return CIHSM_OK;
    }
    char question[QUESTION_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(question, sizeof question, format, args);
    va_end(args);
    CIHSM_AUTO(terminal_close) FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL) {
        return cli_fail(err, CIHSM_E_USAGE,
                        "there is no terminal to ask on; repeat with --yes if you mean it: %s",
                        question);
    }
    if (!ask(terminal, question)) {
        return cli_fail(err, CIHSM_E_CANCELED, "it was not confirmed, so nothing was done");
    }
    return CIHSM_OK;
}
