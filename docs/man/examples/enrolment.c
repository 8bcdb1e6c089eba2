/* SPDX-License-Identifier: Apache-2.0 */
/* Has SAP Cloud Root CA certify the key of a CSR. */
#include <stdio.h>

#include <cihsm/enrolment.h>
#include <cihsm/scope.h>

cihsm_status enrol(const cihsm_csr *csr, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *issued = NULL;
    cihsm_enrolment what = {0};
    what.binding = "destination-binding.json";
    what.name = "client.pem";
    what.cn = "cpi-client";
    what.csr = csr;

    const cihsm_status status =
        cihsm_enrolment_run(&what, &issued, err);
    if (issued != NULL) {
        fputs(cihsm_value_get_string(issued, "pem"), stdout);
    }
    return status;
}
