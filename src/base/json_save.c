/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/error.h"
#include "cihsm/file.h"
#include "cihsm/scope.h"
#include "cihsm/value.h"

enum { TEXT_MAX = 16 * 1024 * 1024, INDENT = 2 };

static cihsm_status append(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

cihsm_status cihsm_value_save(const cihsm_value *value, const char *path, unsigned mode,
                              cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(buffer_free) buffer text = buffer_new(TEXT_MAX);
    CIHSM_TRY(cihsm_value_write(value, INDENT, append, &text, err));
    CIHSM_TRY(buffer_append_text(&text, "\n", err));
    return cihsm_file_write(path, mode, text.data, text.len, err);
}
