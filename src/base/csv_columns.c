/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/csv.h"
#include "cihsm/scope.h"

/* A set of dotted names that keeps their order. */
typedef struct names {
    cihsm_value *array;
    size_t count;
} names;

static void names_free(names *of)
{
    cihsm_value_free(&of->array);
}

static cihsm_status names_new(names *out, cihsm_error *err)
{
    out->array = cihsm_value_new_array();
    return out->array == NULL ? cihsm_fail_memory(err) : CIHSM_OK;
}

static bool is_full(const names *of)
{
    return of->count == CIHSM_CSV_COLUMNS_MAX;
}

/* Whether the name is that one (only if @p itself), or stands below it. */
static bool is_at(const char *name, const char *above, bool itself)
{
    const size_t len = strlen(above);
    return strncmp(name, above, len) == 0 && (name[len] == '.' || (itself && name[len] == '\0'));
}

static bool holds(const names *of, const char *wanted, bool itself)
{
    const cihsm_value *name = cihsm_value_first(of->array);
    for (; name != NULL; name = cihsm_value_next(name)) {
        if (itself ? text_equal(cihsm_value_string(name), wanted)
                   : is_at(cihsm_value_string(name), wanted, false)) {
            return true;
        }
    }
    return false;
}

static cihsm_status add(names *to, const char *name, cihsm_error *err)
{
    if (is_full(to) || holds(to, name, true)) {
        return CIHSM_OK;
    }
    to->count++;
    return cihsm_value_append_string(to->array, name, err);
}

/* All names of an entry, dotted below an object. */
static cihsm_status collect(names *to, const cihsm_value *entry, const char *above,
                            cihsm_error *err)
{
    const cihsm_value *m = cihsm_value_first(entry);
    for (; m != NULL && !is_full(to); m = cihsm_value_next(m)) {
        CIHSM_AUTO(text_free) char *name = NULL;
        CIHSM_TRY(text_format(&name, err, "%s%s%s", above, above[0] == '\0' ? "" : ".",
                              cihsm_value_name(m)));
        const bool has_below =
            cihsm_value_kind(m) == CIHSM_VALUE_OBJECT && cihsm_value_first(m) != NULL;
        CIHSM_TRY(has_below ? collect(to, m, name, err) : add(to, name, err));
    }
    return CIHSM_OK;
}

/* The found names at and below a wanted one; itself if there are none. */
static cihsm_status add_wanted(names *to, const names *found, const char *wanted, cihsm_error *err)
{
    bool has_any = false;
    const cihsm_value *name = cihsm_value_first(found->array);
    for (; name != NULL; name = cihsm_value_next(name)) {
        if (is_at(cihsm_value_string(name), wanted, true)) {
            CIHSM_TRY(add(to, cihsm_value_string(name), err));
            has_any = true;
        }
    }
    return has_any ? CIHSM_OK : add(to, wanted, err);
}

/* Where some entries have null and some an object, the object's members are the columns. */
static cihsm_status without_parents(const names *from, cihsm_value **out, cihsm_error *err)
{
    CIHSM_AUTO(names_free) names kept = {0};
    CIHSM_TRY(names_new(&kept, err));
    const cihsm_value *name = cihsm_value_first(from->array);
    for (; name != NULL; name = cihsm_value_next(name)) {
        if (!holds(from, cihsm_value_string(name), false)) {
            CIHSM_TRY(add(&kept, cihsm_value_string(name), err));
        }
    }
    *out = CIHSM_MOVE(kept.array);
    return CIHSM_OK;
}

cihsm_status cihsm_csv_columns(const cihsm_value *entries, const cihsm_value *wanted, bool only,
                               cihsm_value **out, cihsm_error *err)
{
    cihsm_error_clear(err);
    CIHSM_AUTO(names_free) names found = {0};
    CIHSM_AUTO(names_free) names chosen = {0};
    CIHSM_TRY(names_new(&found, err));
    CIHSM_TRY(names_new(&chosen, err));
    const cihsm_value *item = cihsm_value_first(entries);
    for (; item != NULL; item = cihsm_value_next(item)) {
        CIHSM_TRY(collect(&found, item, "", err));
    }
    for (item = cihsm_value_first(wanted); item != NULL; item = cihsm_value_next(item)) {
        CIHSM_TRY(add_wanted(&chosen, &found, cihsm_value_string(item), err));
    }
    for (item = cihsm_value_first(found.array); item != NULL && !only;
         item = cihsm_value_next(item)) {
        CIHSM_TRY(add(&chosen, cihsm_value_string(item), err));
    }
    return without_parents(&chosen, out, err);
}
