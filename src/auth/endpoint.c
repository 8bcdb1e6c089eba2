/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "http/url.h"

bool auth_endpoint_is_mutual(const char *url)
{
    CIHSM_AUTO(text_free) char *origin = NULL; /* lower case, and without the path */
    return http_url_origin(url, &origin, NULL) == CIHSM_OK &&
           strstr(origin, ".authentication.cert.") != NULL;
}

cihsm_status auth_endpoint_configuration(const char *token_url, char **out, cihsm_error *err)
{
    CIHSM_AUTO(text_free) char *origin = NULL;
    CIHSM_TRY(http_url_origin(token_url, &origin, err));
    return text_format(out, err, "%s/.well-known/openid-configuration", origin);
}

cihsm_status auth_endpoint_read(const http_response *answer, const auth_asked *asked, char **out,
                                cihsm_error *err)
{
    if (answer->status != 200) {
        return auth_answer_fail(answer, asked, err);
    }
    CIHSM_AUTO(cihsm_value_free) cihsm_value *document = NULL;
    const cihsm_status status =
        cihsm_value_parse(buffer_text(&answer->body), answer->body.len, &document, NULL);
    CIHSM_TRY_MEMORY(status, err);
    const cihsm_value *aliases = cihsm_value_get(document, "mtls_endpoint_aliases");
    const char *found = cihsm_value_get_string(aliases, "token_endpoint");
    const cihsm_status normal =
        found == NULL ? CIHSM_E_PROTOCOL : http_url_normalise(found, out, NULL);
    CIHSM_TRY_MEMORY(normal, err);
    if (normal != CIHSM_OK) {
        return cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                "%.160s names no address for client certificates "
                                "(mtls_endpoint_aliases): use --auth certificate, or a service key "
                                "whose tokenurl has .authentication.cert. in it",
                                asked->url);
    }
    return CIHSM_OK;
}
