/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which libraries run, for a report of a defect. Those without a call for it tell what this library
 * was compiled against.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/json.h"
#include "cihsm/cihsm.h"
#include "cihsm/doctor.h"
#include "cihsm/scope.h"
#include "http/global.h"
#include "odata/edmx.h"

enum { TEXT_MAX = 160 };

/* "3.0.22", or "3.0.22, compiled against 3.0.11" */
static cihsm_status set(cihsm_value *object, const char *name, const char *running,
                        const char *built, cihsm_error *err)
{
    char text[TEXT_MAX];
    const bool is_same = strcmp(running, built) == 0;
    snprintf(text, sizeof text, "%s%s%s", running, is_same ? "" : ", compiled against ",
             is_same ? "" : built);
    return cihsm_value_set_string(object, name, text, err);
}

cihsm_status cihsm_doctor_libraries(cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(cihsm_value_free) cihsm_value *object = cihsm_value_new_object();
    if (object == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set_string(object, "libcihsm", cihsm_version(), err));
    CIHSM_TRY(
        set(object, "OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING), OPENSSL_VERSION_STR, err));
    CIHSM_TRY(set(object, "libcurl", http_global_library(), CIHSM_CURL_BUILT, err));
    CIHSM_TRY(cihsm_value_set_bool(object, "HTTP/2", http_global_has_http2(), err));
    CIHSM_TRY(set(object, "cJSON", json_library(), CIHSM_CJSON_BUILT, err));
    CIHSM_TRY(set(object, "expat", odata_edmx_library(), CIHSM_EXPAT_BUILT, err));
    CIHSM_TRY(cihsm_value_set_string(object, "libp11", CIHSM_LIBP11_BUILT, err));
    CIHSM_TRY(cihsm_value_set_string(object, "p11-kit", CIHSM_P11KIT_BUILT, err));
    CIHSM_TRY(cihsm_value_set_string(object, "libarchive", CIHSM_ARCHIVE_BUILT, err));
    CIHSM_TRY(cihsm_value_set_string(object, "inih", CIHSM_INIH_BUILT, err));
    *out = CIHSM_MOVE(object);
    return CIHSM_OK;
}
