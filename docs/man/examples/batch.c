/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * 2 operations fit
 */
#include <stdio.h>

#include <cihsm/batch.h>

int main(void)
{
    cihsm_operation operations[2] = {{{0}, 0}, {{0}, 0}};
    cihsm_error err = {0};
    size_t wrong = 0;

    for (size_t i = 0; i < 2; i++) {
        operations[i].request.method = "DELETE";
        operations[i].change_set = 1; /* both, or none */
    }
    operations[0].request.path =
        "Variables(VariableName='a',IntegrationFlow='Orders')";
    operations[1].request.path =
        "Variables(VariableName='b',IntegrationFlow='Orders')";
    if (cihsm_batch_check(operations, 2, &wrong, &err) !=
        CIHSM_OK) {
        fprintf(stderr, "operation %zu: %s\n", wrong, err.message);
        return 1;
    }
    printf("%zu operations fit\n",
           cihsm_batch_fit(operations, 2, 100));
    return 0; /* cihsm_client_batch sends them */
}
