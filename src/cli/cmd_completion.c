/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm completion: the script that makes a shell complete command lines.
 */
#include <string.h>

#include "cli/completion_scripts.h"
#include "cli/output.h"
#include "cli/report.h"

static cihsm_status print_script(const unsigned char *script, size_t len, cihsm_error *err)
{
    return cli_print_bytes((const char *)script, len, err);
}

static cihsm_status run(cli_env *env, cihsm_error *err)
{
    const char *shell = env->arguments[0];
    if (strcmp(shell, "bash") == 0) {
        return print_script(completion_bash, completion_bash_len, err);
    }
    if (strcmp(shell, "zsh") == 0) {
        return print_script(completion_zsh, completion_zsh_len, err);
    }
    if (strcmp(shell, "fish") == 0) {
        return print_script(completion_fish, completion_fish_len, err);
    }
    return cli_fail(err, CIHSM_E_USAGE, "completion is for bash, zsh or fish, not \"%.40s\"",
                    shell);
}

const cli_command CMD_COMPLETION = {
    .name = "completion",
    .summary = "print the script that makes a shell complete command lines",
    .arguments = "bash|zsh|fish",
    .argument_min = 1,
    .argument_max = 1,
    .example = "cihsm completion bash > ~/.local/share/bash-completion/completions/cihsm",
    .run = run,
};
