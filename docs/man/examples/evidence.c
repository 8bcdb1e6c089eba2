/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence for an auditor that a key cannot leave its token,
 * signed by the key. */
#include <cihsm/evidence.h>
#include <cihsm/scope.h>

cihsm_status make_evidence(cihsm_token *token, cihsm_error *err)
{
    const cihsm_evidence_spec spec = {0};
    CIHSM_AUTO(cihsm_value_free) cihsm_value *evidence = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *found = NULL;

    cihsm_status status = cihsm_evidence_make(
        token, "pkcs11:object=cpi", &spec, &evidence, err);
    if (status == CIHSM_OK) {
        status =
            cihsm_value_save(evidence, "evidence.json", 0644, err);
    }
    if (status == CIHSM_OK) {
        status = cihsm_evidence_verify("evidence.json", NULL, 0,
                                       &found, err);
    }
    return status;
}
