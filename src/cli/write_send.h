/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/write_send - sends a write after all that has to be settled before: what is wrong with it,
 * --dry-run, the protection of the profile, the person's consent.
 */
#ifndef CLI_WRITE_SEND_H
#define CLI_WRITE_SEND_H

#include "cli/env.h"

/* Rows of the option tables of commands that write. */
#define CLI_WRITE_OPTIONS                                                                  \
    {"query", "NAME=VALUE", "an option of the tenant's own, sent as it is; repeat", 0},    \
        {"confirm-profile", "NAME", "repeats the name of a profile that is protected", 0}, \
    {                                                                                      \
        "unchecked", NULL, "send path and method even where they should not work", 0       \
    }

enum { CLI_PARAMETERS_MAX = 32 };

/** Room for the parameters of a request. */
typedef struct cli_parameters {
    cihsm_parameter items[CLI_PARAMETERS_MAX];
    char names[CLI_PARAMETERS_MAX][128];
    size_t count;
} cli_parameters;

/**
 * Adds the values of an option, NAME=VALUE each.
 *
 * @param to        in its place as long as a request uses it
 * @param function  name of the function import whose parameters these are: "X" is sent as 'X',
 *                  unless it was written NAME:=X; NULL: own options of the tenant, sent as they are
 */
CIHSM_NODISCARD cihsm_status cli_parameters_add(const cli_env *env, const char *option,
                                                const char *function, cli_parameters *to,
                                                cihsm_error *err);

/**
 * Refuses a write where the profile is protected and its name is not repeated.
 *
 * @retval CIHSM_E_USAGE  --confirm-profile is missing or names another profile
 */
CIHSM_NODISCARD cihsm_status cli_write_check_protection(const cli_env *env, cihsm_error *err);

/** What a write means to the person. */
typedef struct cli_write {
    const cihsm_request *request;
    const char *subject;  /**< what it is about, in the question and afterwards; NULL: the path */
    const char *question; /**< what follows the subject in the question; NULL: nobody is asked */
    const char *done;     /**< "created": told where the tenant says nothing */
    bool is_shown;        /**< what was written is read again where the tenant says nothing */
    /** Finds out why the tenant refused it, and says it in the error; may be NULL. */
    cihsm_status (*explain)(void *user, cihsm_client *client, cihsm_error *err);
    void *user; /**< handed to explain */
} cli_write;

/** All of it, with a client of its own. */
CIHSM_NODISCARD cihsm_status cli_write_send(cli_env *env, const cli_write *write, cihsm_error *err);

/**
 * What comes before a client is opened: looks at the request, shows it with --dry-run, and else
 * looks at the protection of the profile and asks the person.
 *
 * @param is_done  out: it was only to be shown
 */
CIHSM_NODISCARD cihsm_status cli_write_settle(cli_env *env, const cli_write *write, bool *is_done,
                                              cihsm_error *err);

/** Sends it; @p answer is yours. */
CIHSM_NODISCARD cihsm_status cli_write_carry(cihsm_client *client, const cli_write *write,
                                             cihsm_answer **answer, cihsm_error *err);

/** Prints what the tenant said, or that it was done. */
CIHSM_NODISCARD cihsm_status cli_write_report(const cli_env *env, cihsm_client *client,
                                              const cli_write *write, const cihsm_answer *answer,
                                              cihsm_error *err);

#endif
