/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/guideline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/artifact_options.h"
#include "cli/report.h"
#include "cli/session.h"

static const char RESULTS[] = "DesignGuidelineExecutionResults";

void cli_guideline_free(cli_guideline *of)
{
    cihsm_client_free(&of->client);
}

cihsm_status cli_guideline_read(const cli_env *env, cli_guideline *out, cihsm_error *err)
{
    const char *given = cli_value(env, "execution");
    CLI_TRY(cli_artifact(env, &out->artifact, err));
    if (given != NULL && (given[0] == '\0' || strlen(given) >= sizeof out->execution)) {
        return cli_fail(err, CIHSM_E_USAGE, "--execution is the id of a run, not \"%.60s\"", given);
    }
    snprintf(out->execution, sizeof out->execution, "%s", given == NULL ? "" : given);
    return CIHSM_OK;
}

cihsm_status cli_guideline_runs(const cli_guideline *of, cihsm_value **out, cihsm_error *err)
{
    char path[CIHSM_PATH_SIZE];
    CIHSM_AUTO(cihsm_result_free) cihsm_result *result = NULL;
    CLI_TRY(cihsm_artifact_path(&of->artifact, RESULTS, path, err));
    if (cihsm_client_get(of->client, path, NULL, &result, err) != CIHSM_OK) {
        return cihsm_artifact_explain(of->client, &of->artifact, NULL, err);
    }
    *out = cihsm_value_copy(cihsm_result_value(result));
    return *out == NULL ? cli_fail(err, CIHSM_E_NO_MEMORY, "out of memory") : CIHSM_OK;
}

/* Milliseconds since 1970, as a text; what never ran has none. */
static long long time_of(const cihsm_value *run)
{
    const char *text = cihsm_value_get_string(run, "ExecutionTime");
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

/* NULL: there is none. A tenant was seen to list a run without an id where there was none. */
static const char *last_of(const cihsm_value *runs)
{
    const char *last = NULL;
    long long last_ms = -1;
    for (const cihsm_value *run = cihsm_value_first(runs); run != NULL;
         run = cihsm_value_next(run)) {
        const char *id = cihsm_value_get_string(run, "ExecutionId");
        if (id != NULL && id[0] != '\0' && time_of(run) > last_ms) {
            last = id;
            last_ms = time_of(run);
        }
    }
    return last;
}

cihsm_status cli_guideline_open(cli_env *env, cli_guideline *of, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *runs = NULL;
    CLI_TRY(cli_open_client(env, &of->client, err));
    if (of->execution[0] != '\0') {
        return CIHSM_OK;
    }
    CLI_TRY(cli_guideline_runs(of, &runs, err));
    const char *last = last_of(runs);
    if (last == NULL || strlen(last) >= sizeof of->execution) {
        return cli_fail(err, CIHSM_E_NOT_FOUND,
                        "the design guidelines of \"%.120s\" never ran: \"cihsm artifact guideline "
                        "run %.120s\" runs them",
                        of->artifact.id, of->artifact.id);
    }
    snprintf(of->execution, sizeof of->execution, "%s", last);
    return CIHSM_OK;
}

cihsm_status cli_guideline_path(const cli_guideline *of, const char *front, const char *rest,
                                char out[CIHSM_PATH_SIZE], cihsm_error *err)
{
    char set[sizeof "$links/" + sizeof RESULTS];
    char below[CIHSM_PATH_SIZE];
    snprintf(set, sizeof set, "%s%s", front, RESULTS);
    CLI_TRY(cihsm_path_entity(set, of->execution, rest, below, err));
    return cihsm_artifact_path(&of->artifact, below, out, err);
}
