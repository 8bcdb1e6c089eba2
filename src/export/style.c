/* SPDX-License-Identifier: Apache-2.0 */
#include "export/style.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/catalogue.h"
#include "cihsm/csv.h"
#include "cihsm/scope.h"
#include "integration/catalogue.h"

#define HEADING_MAX ((size_t)1 << 20)

static cihsm_status collect(void *user, const char *bytes, size_t len, cihsm_error *err)
{
    return buffer_append(user, bytes, len, err);
}

cihsm_status export_style_init(export_style *style, const odata_service *service,
                               const export_plan *plan, export_folder *folder,
                               cihsm_value **columns, cihsm_error *err)
{
    const integration_catalogue *catalogue = NULL;
    CIHSM_TRY(integration_catalogue_get(&catalogue, err));
    *style = (export_style){
        .plan = plan,
        .folder = folder,
        .types = service->types,
        .keys = integration_keys(catalogue, plan->set),
        .heading = buffer_new(HEADING_MAX),
    };
    pthread_mutex_init(&style->lock, NULL);
    style->columns = CIHSM_MOVE(*columns);
    if (style->columns == NULL) {
        return CIHSM_OK;
    }
    return cihsm_csv_heading(style->columns, collect, &style->heading, err);
}

void export_style_free(export_style *style)
{
    cihsm_value_free(&style->columns);
    buffer_free(&style->heading);
    pthread_mutex_destroy(&style->lock);
}

const cihsm_value *export_style_columns(export_style *style)
{
    pthread_mutex_lock(&style->lock);
    const cihsm_value *columns = style->columns;
    pthread_mutex_unlock(&style->lock);
    return columns;
}

/* The names of --select in its order. */
static cihsm_status selected(const char *select, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *names = cihsm_value_new_array();
    if (names == NULL) {
        return cihsm_fail_memory(err);
    }
    for (const char *at = select + strspn(select, " ,"); *at != '\0'; at += strspn(at, " ,")) {
        const size_t len = strcspn(at, " ,");
        CIHSM_AUTO(text_free) char *name = NULL;
        CIHSM_TRY(text_format(&name, err, "%.*s", (int)len, at));
        for (char *slash = name; (slash = strchr(slash, '/')) != NULL;) {
            *slash = '.'; /* a path of OData is a dotted name here */
        }
        CIHSM_TRY(cihsm_value_append_string(names, name, err));
        at += len;
    }
    *out = CIHSM_MOVE(names);
    return CIHSM_OK;
}

static cihsm_status wanted_columns(const export_plan *plan, cihsm_value **out, cihsm_error *err)
{
    if (plan->select != NULL && strchr(plan->select, '*') == NULL) {
        return selected(plan->select, out, err);
    }
    return cihsm_catalogue_properties(plan->set, out, err);
}

static cihsm_status note(const export_style *style, const cihsm_value *columns, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *line = cihsm_value_new_object();
    CIHSM_AUTO(cihsm_value_free) cihsm_value *copy = cihsm_value_copy(columns);
    if (line == NULL || copy == NULL) {
        return cihsm_fail_memory(err);
    }
    CIHSM_TRY(cihsm_value_set(line, "columns", &copy, err));
    return export_folder_note(style->folder, line, err);
}

static cihsm_status choose(export_style *style, const cihsm_value *sample, cihsm_error *err)
{
    CIHSM_AUTO(cihsm_value_free) cihsm_value *wanted = NULL;
    CIHSM_AUTO(cihsm_value_free) cihsm_value *columns = NULL;
    CIHSM_TRY(wanted_columns(style->plan, &wanted, err));
    CIHSM_TRY(cihsm_csv_columns(sample, wanted, false, &columns, err));
    CIHSM_TRY(cihsm_csv_heading(columns, collect, &style->heading, err));
    CIHSM_TRY(note(style, columns, err));
    style->columns = CIHSM_MOVE(columns);
    return CIHSM_OK;
}

cihsm_status export_style_choose(export_style *style, const cihsm_value *sample, cihsm_error *err)
{
    pthread_mutex_lock(&style->lock);
    const cihsm_status status = style->columns == NULL ? choose(style, sample, err) : CIHSM_OK;
    pthread_mutex_unlock(&style->lock);
    return status;
}
