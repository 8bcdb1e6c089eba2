/* SPDX-License-Identifier: Apache-2.0 */
/* Deploys a flow and waits until it runs. */
#include <stdio.h>

#include <cihsm/artifact.h>
#include <cihsm/scope.h>

cihsm_status deploy(cihsm_client *client, const char *id,
                    cihsm_error *err)
{
    const cihsm_artifact flow = {CIHSM_ARTIFACT_FLOW, id, NULL};
    CIHSM_AUTO(cihsm_artifact_write_free)
    cihsm_artifact_write *write = NULL;
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *runs = NULL;
    char task[CIHSM_TASK_SIZE];

    cihsm_status status = cihsm_artifact_deploy(&flow, &write, err);
    if (status == CIHSM_OK) {
        status = cihsm_client_send(
            client, cihsm_artifact_request(write), &answer, err);
    }
    if (status != CIHSM_OK) {
        return cihsm_artifact_explain(client, &flow, NULL, err);
    }
    status = cihsm_artifact_task(answer, task, err);
    if (status == CIHSM_OK) {
        status = cihsm_artifact_wait(client, &flow, task, NULL,
                                     &runs, err);
    }
    if (status == CIHSM_OK) {
        printf("%s: %s\n", id,
               cihsm_value_get_string(runs, "Status"));
    }
    return status;
}
