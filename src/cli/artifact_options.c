/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/artifact_options.h"

#include "cli/report.h"

cihsm_status cli_artifact(const cli_env *env, cihsm_artifact *out, cihsm_error *err)
{
    const char *type = cli_value(env, "type");
    *out = (cihsm_artifact){.id = env->arguments[0], .version = cli_value(env, "artifact-version")};
    if (out->id[0] == '\0') {
        return cli_fail(err, CIHSM_E_USAGE, "the id of the artifact is empty");
    }
    return type == NULL ? CIHSM_OK : cihsm_artifact_type_read(type, &out->type, err);
}

cihsm_status cli_explain_change(void *artifact, cihsm_client *client, cihsm_error *err)
{
    return cihsm_artifact_explain(client, artifact, NULL, err);
}
