/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle_read: certificates in any form. What is accepted is written as PEM that gives the same.
 */
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "identity/bundle.h"

static void check(const identity_bundle *bundle)
{
    const int count = sk_X509_num(bundle->certificates);
    fuzz_require(count > 0 && count <= BUNDLE_CERTIFICATES_MAX, "there are certificates");
    CIHSM_AUTO(text_free) char *pem = NULL;
    CIHSM_AUTO(bundle_free) identity_bundle again = {0};
    X509 *leaf = sk_X509_value(bundle->certificates, 0);
    fuzz_require(bundle_pem(leaf, NULL, &pem, NULL) == CIHSM_OK, "a certificate can be written");
    fuzz_require(bundle_read(pem, strlen(pem), "text", &again, NULL) == CIHSM_OK &&
                     X509_cmp(leaf, sk_X509_value(again.certificates, 0)) == 0,
                 "it is read again as the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(bundle_free) identity_bundle bundle = {0};
    cihsm_error err = {0};
    if (bundle_read((const char *)data, size, "text", &bundle, &err) == CIHSM_OK) {
        check(&bundle);
    } else {
        fuzz_require(err.message[0] != '\0', "a refusal says why");
    }
    return 0;
}
