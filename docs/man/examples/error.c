/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * CIHSM_E_CONFIG: no amount in line 7 (exit code 3)
 */
#include <stdio.h>

#include <cihsm/error.h>

static cihsm_status read_amount(int line, cihsm_error *err)
{
    return cihsm_error_set(err, CIHSM_E_CONFIG,
                           "no amount in line %d", line);
}

int main(void)
{
    cihsm_error err = {0};
    if (read_amount(7, &err) != CIHSM_OK) {
        printf("%s: %s (exit code %d)\n",
               cihsm_status_name(err.status), err.message,
               cihsm_status_exit_code(err.status));
    }
    return 0;
}
