/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of an answer is whose. What is not sure is refused: a guess could call a write done
 * that was not.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "odata/batch.h"
#include "odata/error.h"

#define NOBODY ((size_t)-1)

/* Operations that one part of the whole answer is for, and the parts in it. */
typedef struct group {
    size_t begin; /* operations */
    size_t end;
    const odata_batch_reply *reply;
    size_t first; /* part */
    size_t count; /* of parts */
} group;

static cihsm_status mismatch(const group *of, const char *why, cihsm_error *err)
{
    return cihsm_fail_plain(err, CIHSM_E_PROTOCOL, "the part for operation %zu %s", of->begin + 1,
                            why);
}

static const odata_batch_part *part_at(const group *of, size_t at)
{
    return &of->reply->parts[of->first + at];
}

static bool is_failure(const odata_batch_part *part)
{
    return !odata_is_success(part->response.status);
}

/* The operation that a Content-ID names; NOBODY if it is none of the group. */
static size_t named(const group *of, const char *content_id)
{
    char *end = NULL;
    errno = 0;
    const size_t number = strtoul(content_id, &end, 10);
    const bool is_number = errno == 0 && end != content_id && *end == '\0';
    return is_number && number > of->begin && number <= of->end ? number - 1 : NOBODY;
}

/* One error stands for all of the change set. */
static cihsm_status share(const group *of, odata_batch_place *places, cihsm_error *err)
{
    const char *id = part_at(of, 0)->content_id;
    const size_t culprit = id == NULL ? NOBODY : named(of, id);
    if (id != NULL && culprit == NOBODY) {
        return mismatch(of, "names an operation that is not in its change set", err);
    }
    for (size_t at = of->begin; at < of->end; at++) {
        places[at] = (odata_batch_place){
            .part = of->first,
            .is_shared = of->end - of->begin > 1,
            .has_culprit = culprit != NOBODY,
            .culprit = culprit,
        };
    }
    return CIHSM_OK;
}

static size_t count_named(const group *of)
{
    size_t count = 0;
    for (size_t i = 0; i < of->count; i++) {
        count += part_at(of, i)->content_id != NULL ? 1 : 0;
    }
    return count;
}

/* Each operation has its own part. */
static cihsm_status distribute(const group *of, odata_batch_place *places, cihsm_error *err)
{
    const size_t ids = count_named(of);
    if (ids != 0 && ids != of->count) {
        return mismatch(of, "has a Content-ID for some operations only", err);
    }
    for (size_t at = of->begin; at < of->end; at++) {
        places[at] = (odata_batch_place){.part = NOBODY};
    }
    for (size_t i = 0; i < of->count; i++) {
        const size_t at = ids == 0 ? of->begin + i : named(of, part_at(of, i)->content_id);
        if (at == NOBODY || places[at].part != NOBODY) {
            return mismatch(of, "has a Content-ID twice, or one that was not sent", err);
        }
        places[at].part = of->first + i;
    }
    return CIHSM_OK;
}

static cihsm_status match_read(const group *of, odata_batch_place *places, cihsm_error *err)
{
    if (of->count != 1 || part_at(of, 0)->is_in_set) {
        return mismatch(of, "is a change set, but it was a read", err);
    }
    places[of->begin] = (odata_batch_place){.part = of->first};
    return CIHSM_OK;
}

static cihsm_status match_change_set(const group *of, odata_batch_place *places, cihsm_error *err)
{
    if (of->count == 1 && is_failure(part_at(of, 0))) {
        return share(of, places, err);
    }
    if (of->count != of->end - of->begin) {
        return mismatch(of, "has not as many answers as its change set has operations", err);
    }
    return distribute(of, places, err);
}

static size_t parts_of_group(const odata_batch_reply *reply, size_t first, size_t number)
{
    size_t end = first;
    while (end < reply->count && reply->parts[end].group == number) {
        end++;
    }
    return end - first;
}

cihsm_status odata_batch_match(const cihsm_operation *operations, size_t count,
                               const odata_batch_reply *reply, odata_batch_place *places,
                               cihsm_error *err)
{
    size_t number = 0;
    size_t part = 0;
    for (size_t at = 0; at < count; number++) {
        const size_t in_group = parts_of_group(reply, part, number);
        const group of = {at, odata_batch_group_end(operations, count, at), reply, part, in_group};
        if (number == reply->groups) {
            return mismatch(&of, "is missing", err);
        }
        CIHSM_TRY(odata_is_write(operations[at].request.method) ? match_change_set(&of, places, err)
                                                                : match_read(&of, places, err));
        part += in_group;
        at = of.end;
    }
    return number == reply->groups
               ? CIHSM_OK
               : cihsm_fail_plain(err, CIHSM_E_PROTOCOL,
                                  "it has %zu parts, but only %zu were to be answered",
                                  reply->groups, number);
}
