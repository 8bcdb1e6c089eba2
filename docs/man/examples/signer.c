/* SPDX-License-Identifier: Apache-2.0 */
/* A client whose key is behind a service of yours instead of a
 * PKCS#11 token. */
#include <cihsm/client.h>
#include <cihsm/signer.h>

/* Has the service sign request->hash; RSA: as long as the
 * modulus; ECDSA: r and s joined. */
static cihsm_status sign(void *context,
                         const cihsm_sign_request *request,
                         uint8_t *sig, size_t *sig_len,
                         cihsm_error *err)
{
    (void)context;
    (void)request;
    (void)sig;
    (void)sig_len;
    return cihsm_error_set(err, CIHSM_E_TOKEN,
                           "the service does not answer");
}

cihsm_status open_with_service(void *service, cihsm_client **out,
                               cihsm_error *err)
{
    const cihsm_signer signer = {sign, NULL, service, NULL};
    cihsm_client_config config = {0};
    config.service_key = "service-key.json";
    config.chain = "client-chain.pem";
    config.signer = &signer;
    return cihsm_client_open(&config, out, err);
}
