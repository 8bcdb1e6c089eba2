/* SPDX-License-Identifier: Apache-2.0 */
/* Prints:
 * Id,Name
 * 1,"Orders, EMEA"
 */
#include <stdio.h>
#include <string.h>

#include <cihsm/csv.h>
#include <cihsm/scope.h>

static cihsm_status print(void *user, const char *bytes, size_t len,
                          cihsm_error *err)
{
    (void)user;
    return fwrite(bytes, 1, len, stdout) == len
               ? CIHSM_OK
               : cihsm_error_set(err, CIHSM_E_IO, "cannot write");
}

int main(void)
{
    static const char TEXT[] =
        "[{\"Id\":1,\"Name\":\"Orders, EMEA\"}]";
    CIHSM_AUTO(cihsm_value_free) cihsm_value *entries = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *columns = NULL;
    cihsm_error err = {0};
    size_t left_out = 0;

    if (cihsm_value_parse(TEXT, strlen(TEXT), &entries, &err) !=
            CIHSM_OK ||
        cihsm_csv_columns(entries, NULL, false, &columns, &err) !=
            CIHSM_OK ||
        cihsm_csv_heading(columns, print, NULL, &err) != CIHSM_OK ||
        cihsm_csv_row(columns, cihsm_value_first(entries),
                      &left_out, print, NULL, &err) != CIHSM_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return 0;
}
