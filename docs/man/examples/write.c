/* SPDX-License-Identifier: Apache-2.0 */
/* Creates a string parameter of the Partner Directory. */
#include <stdio.h>

#include <cihsm/scope.h>
#include <cihsm/write.h>

cihsm_status create_parameter(cihsm_client *client,
                              const cihsm_value *body,
                              cihsm_error *err)
{
    CIHSM_AUTO(cihsm_answer_free) cihsm_answer *answer = NULL;
    char path[512];
    cihsm_request request = {0};
    request.method = "POST";
    request.path = "StringParameters";
    request.value =
        body; /* {"Pid":"ACME","Id":"url","Value":"x"} */

    const cihsm_status status =
        cihsm_client_send(client, &request, &answer, err);
    if (status == CIHSM_OK &&
        cihsm_created_path(&request, cihsm_answer_value(answer),
                           path, sizeof path)) {
        printf("created %s\n", path);
    }
    return status;
}
