/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * did you mean orders?
 */
#include <stdio.h>

#include <cihsm/nearest.h>

int main(void)
{
    static const char *const NAMES[] = {"invoices", "orders",
                                        "partners"};
    const char *found[CIHSM_NEAREST_MAX];

    if (cihsm_nearest(NAMES, 3, "odrers", found) > 0) {
        printf("did you mean %s?\n", found[0]);
    }
    return 0;
}
