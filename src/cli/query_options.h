/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/query_options - the options of commands that read entries: which ones, and how.
 */
#ifndef CLI_QUERY_OPTIONS_H
#define CLI_QUERY_OPTIONS_H

#include "cli/env.h"

/* Rows of an option table: which entries, for get and count. */
#define CLI_SELECTION_OPTIONS                                                                    \
    {"filter", "TEXT", "$filter, for example \"Status eq 'FAILED'\"", 0},                        \
        {"since", "TIME", "from then on: 2026-03-01T14:30 (UTC), 2026-03-01, or 2h ago", 0},     \
        {"until", "TIME", "before then; now, or as --since", 0},                                 \
        {"last", "SPAN", "of the last 90s, 30m, 2h, 7d, 4w", 0},                                 \
        {"time-property", "NAME", "property that the times are about, if not the usual one", 0}, \
        {"query", "NAME=VALUE", "an option of the tenant's own, sent as it is; repeat", 0},      \
    {                                                                                            \
        "unchecked", NULL, "send path and options even where they should not work", 0            \
    }

/* Rows of an option table: what is told of them. */
#define CLI_SHAPE_OPTIONS                                                         \
    {"select", "NAMES", "$select: only these properties", 0},                     \
        {"expand", "NAMES", "$expand: with these navigations", 0},                \
        {"orderby", "TEXT", "$orderby, for example \"LogEnd desc\"", 0},          \
        {"top", "N", "$top: at most N entries", 0},                               \
        {"skip", "N", "$skip: leave out the first N entries", 0},                 \
        {"inlinecount", NULL, "$inlinecount: tell how many there are in all", 0}, \
    {                                                                             \
        "format", "NAME", "$format: json, or with --raw atom or xml", 0           \
    }

/** A query as typed. Stays in its place: the query points into it. Start with {0}. */
typedef struct cli_query {
    cihsm_query query;
    cihsm_window window;
    cihsm_parameter *parameters;
    char **names; /* of them */
    size_t count;
} cli_query;

/**
 * Reads the options of the rows above; those that a command does not have are not set.
 *
 * @param out  released by cli_query_free, whatever the result
 * @retval CIHSM_E_USAGE  a time, a number or a --query that cannot be read; options that exclude
 *                        each other
 */
CIHSM_NODISCARD cihsm_status cli_query_read(const cli_env *env, cli_query *out, cihsm_error *err);

void cli_query_free(cli_query *of);

#endif
