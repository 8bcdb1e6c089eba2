/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * 9007199254740993 in Orders
 */
#include <stdio.h>
#include <string.h>

#include <cihsm/scope.h>
#include <cihsm/value.h>

int main(void)
{
    static const char TEXT[] = "{\"Size\":9007199254740993,"
                               "\"Flow\":{\"Name\":\"Orders\"}}";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *value = NULL;
    cihsm_error err = {0};

    if (cihsm_value_parse(TEXT, strlen(TEXT), &value, &err) !=
        CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    /* a number beyond 2^53 is kept as its digits */
    printf("%s in %s\n", cihsm_value_get_string(value, "Size"),
           cihsm_value_string(cihsm_value_at(value, "Flow.Name")));
    return 0;
}
