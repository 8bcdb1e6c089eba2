/* SPDX-License-Identifier: Apache-2.0 */
#include "http/copy.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

static cihsm_status take_headers(http_copy *to, const http_request *from, cihsm_error *err)
{
    to->headers = calloc(from->header_count + 1, sizeof *to->headers);
    to->texts = calloc(2 * from->header_count + 1, sizeof *to->texts);
    if (to->headers == NULL || to->texts == NULL) {
        return cihsm_fail_memory(err);
    }
    for (size_t i = 0; i < from->header_count; i++) {
        char **texts = &to->texts[2 * i];
        CIHSM_TRY(text_set(&texts[0], from->headers[i].name, err));
        CIHSM_TRY(text_set(&texts[1], from->headers[i].value, err));
        to->headers[i] = (http_header){texts[0], texts[1]};
    }
    return CIHSM_OK;
}

cihsm_status http_copy_take(http_copy *to, const http_request *from, cihsm_error *err)
{
    to->request.header_count = from->header_count;
    CIHSM_TRY(text_set(&to->method, from->method, err));
    CIHSM_TRY(text_set(&to->url, from->url, err));
    CIHSM_TRY(take_headers(to, from, err));
    to->request = (http_request){.method = to->method,
                                 .url = to->url,
                                 .headers = to->headers,
                                 .header_count = from->header_count};
    return CIHSM_OK;
}

void http_copy_free(http_copy *of)
{
    for (size_t i = 0; of->texts != NULL && i < 2 * of->request.header_count; i++) {
        text_free(&of->texts[i]);
    }
    free(of->texts);
    free(of->headers);
    text_free(&of->method);
    text_free(&of->url);
    *of = (http_copy){0};
}
