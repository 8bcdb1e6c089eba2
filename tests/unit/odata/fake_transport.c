/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_transport.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cmocka_all.h"

static void keep(fake_transport *fake, const http_request *request)
{
    fake->requests++;
    snprintf(fake->url, sizeof fake->url, "%s", request->url);
    for (size_t i = 0; i < request->header_count; i++) {
        const http_header *header = &request->headers[i];
        if (strcmp(header->name, "Accept") == 0) {
            snprintf(fake->accept, sizeof fake->accept, "%s", header->value);
        }
        if (strcmp(header->name, "DataServiceVersion") == 0) {
            snprintf(fake->version, sizeof fake->version, "%s", header->value);
        }
    }
}

static cihsm_status answer(void *context, const http_request *request, http_response *response,
                           cihsm_error *err)
{
    fake_transport *fake = context;
    assert_string_equal(request->method, "GET");
    assert_null(request->body);
    keep(fake, request);
    const fake_answer *row = fake->answers;
    while (row->body != NULL && row->url != NULL && strcmp(row->url, request->url) != 0) {
        row++;
    }
    if (row->body == NULL) {
        print_error("no answer for %s\n", request->url);
    }
    assert_non_null(row->body);
    if (row->status == 0) {
        return cihsm_fail_plain(err, CIHSM_E_NETWORK, "connection lost");
    }
    response->status = row->status;
    CIHSM_TRY(text_set(&response->content_type, row->content_type, err));
    return buffer_append_text(&response->body, row->body, err);
}

http_transport fake_transport_table(fake_transport *fake)
{
    return (http_transport){answer, fake};
}
