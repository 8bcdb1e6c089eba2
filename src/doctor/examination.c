/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/examination.h"

#include <stdlib.h>

#include "base/error.h"
#include "pkcs11/module.h"

cihsm_status examination_begin(examination *out, const cihsm_client_config *config,
                               const cihsm_doctor_options *options, cihsm_error *err)
{
    out->config = config;
    out->options = options;
    out->token_config = config->token;
    out->token_config.allow_final_try = false;
    out->link.log = config->log;
    out->found = (finding_list){.items = out->findings, .room = IDENTITY_FINDINGS_MAX};
    out->identity = calloc(1, sizeof *out->identity);
    return out->identity == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

void examination_free(examination *of)
{
    exchange_end(&of->asked);
    credentials_free(&of->identity); /* its key before the token */
    bundle_free(&of->pool);
    pkcs11_key_free(&of->key);
    cihsm_token_free(&of->token);
    cihsm_token_report_free(&of->told);
    pkcs11_module_leave(&of->link);
}

bool examination_uses_token(const examination *of)
{
    return cihsm_service_key_kind(of->identity->service_key) == CIHSM_SERVICE_KEY_EXTERNAL;
}

bool examination_has_certificate(const examination *of)
{
    return cihsm_service_key_kind(of->identity->service_key) != CIHSM_SERVICE_KEY_SECRET;
}
