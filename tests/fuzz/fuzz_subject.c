/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject_parse: a distinguished name as a person types it. What is accepted has no part that is
 * empty or holds a control character.
 */
#include "base/foreign.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "fuzz.h"
#include "identity/subject.h"

FOREIGN_CLEANUP(name, X509_NAME, X509_NAME_free)

static void check(const X509_NAME *name)
{
    fuzz_require(X509_NAME_entry_count(name) > 0, "there are parts");
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));
        fuzz_require(ASN1_STRING_length(value) > 0, "no part is empty");
        for (int at = 0; at < ASN1_STRING_length(value); at++) {
            const unsigned char byte = ASN1_STRING_get0_data(value)[at];
            fuzz_require(byte >= 0x20 && byte != 0x7f, "no part holds a control character");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CIHSM_AUTO(text_free) char *text = fuzz_text(data, size);
    CIHSM_AUTO(name_cleanup) X509_NAME *name = NULL;
    cihsm_error err = {0};
    if (subject_parse(text, &name, &err) != CIHSM_OK) {
        fuzz_require(name == NULL && err.message[0] != '\0', "a refusal says why");
        return 0;
    }
    check(name);
    return 0;
}
