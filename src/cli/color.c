/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/color.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/settings.h"

typedef enum choice { AUTO = 0, ALWAYS, NEVER, CHOICE_COUNT } choice;

static const char *const CHOICES[CHOICE_COUNT] = {
    [AUTO] = "auto", [ALWAYS] = "always", [NEVER] = "never"};

static const char *const BEGIN[] = {[CLI_PLAIN] = "",
                                    [CLI_HEADING] = "\033[1m",
                                    [CLI_GOOD] = "\033[32m",
                                    [CLI_CARE] = "\033[33m",
                                    [CLI_BAD] = "\033[31m"};

/* States of message logs, of runtime artifacts and deployments (docs/sap-contract.md section 7),
 * and those of our own checks. What is as it should be stays plain in the tenant's lists. */
static const struct {
    const char *word;
    cli_tone tone;
} STATES[] = {{"FAILED", CLI_BAD},    {"ERROR", CLI_BAD},     {"FAIL", CLI_BAD},
              {"ESCALATED", CLI_BAD}, {"RETRY", CLI_CARE},    {"ABANDONED", CLI_CARE},
              {"fail", CLI_BAD},      {"NOT OK", CLI_BAD},    {"error", CLI_BAD},
              {"locked", CLI_BAD},    {"last try", CLI_CARE}, {"warn", CLI_CARE},
              {"ok", CLI_GOOD}};

/* One for the process, as the streams are. */
static choice chosen = AUTO;

cihsm_status cli_color_choose(const cli_env *env, cihsm_error *err)
{
    const char *name = cli_setting(env, "color");
    if (name == NULL) {
        return CIHSM_OK;
    }
    for (choice i = AUTO; i < CHOICE_COUNT; i++) {
        if (strcmp(CHOICES[i], name) == 0) {
            chosen = i;
            return CIHSM_OK;
        }
    }
    return cli_fail(err, CIHSM_E_USAGE, "color is auto, always or never, not \"%.40s\"", name);
}

cli_tone cli_color_of(const char *word)
{
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; i++) {
        if (strcmp(STATES[i].word, word) == 0) {
            return STATES[i].tone;
        }
    }
    return CLI_PLAIN;
}

static bool is_colored(FILE *to)
{
    if (chosen != AUTO) {
        return chosen == ALWAYS;
    }
    const char *terminal = getenv("TERM");
    const char *refused = getenv("NO_COLOR");
    return isatty(fileno(to)) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0 &&
           (refused == NULL || refused[0] == '\0');
}

const char *cli_color_begin(FILE *to, cli_tone tone)
{
    return tone != CLI_PLAIN && is_colored(to) ? BEGIN[tone] : "";
}

const char *cli_color_end(FILE *to, cli_tone tone)
{
    return tone != CLI_PLAIN && is_colored(to) ? "\033[0m" : "";
}
