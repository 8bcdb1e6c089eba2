/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * LogFiles has no documented property "Nmae": did you mean Name?
 */
#include <stdio.h>

#include <cihsm/catalogue.h>

int main(void)
{
    cihsm_error err = {0};
    if (cihsm_catalogue_check_property("LogFiles", "Nmae", &err) !=
        CIHSM_OK) {
        puts(err.message);
    }
    return 0;
}
