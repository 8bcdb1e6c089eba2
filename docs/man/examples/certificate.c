/* SPDX-License-Identifier: Apache-2.0 */
/* Would SAP's load balancer take this chain? The findings say
 * what is wrong. */
#include <stdio.h>

#include <cihsm/certificate.h>
#include <cihsm/scope.h>

cihsm_status check_chain(const char *path, const char *lb_roots,
                         cihsm_error *err)
{
    const cihsm_certificate_rules rules = {30, lb_roots, NULL};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *report = NULL;
    const cihsm_status status =
        cihsm_certificate_check_file(path, &rules, &report, err);
    const cihsm_value *finding =
        cihsm_value_first(cihsm_value_get(report, "findings"));
    for (; finding != NULL; finding = cihsm_value_next(finding)) {
        printf("%s: %s\n", cihsm_value_get_string(finding, "level"),
               cihsm_value_get_string(finding, "sentence"));
    }
    return status;
}
