/* SPDX-License-Identifier: Apache-2.0 */
#include "partner/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cihsm/scope.h"
#include "partner/remote.h"

bool partner_step_is_sent(const partner_step *step)
{
    return step->change != CIHSM_PARTNER_KEEP && step->change != CIHSM_PARTNER_SKIP;
}

const partner_entry *partner_step_entry(const partner_step *step)
{
    return step->wanted == NULL ? step->present : step->wanted;
}

void partner_work_free(partner_work *of)
{
    partner_entries_free(&of->present);
    partner_entries_free(&of->held);
    free(of->steps);
    *of = (partner_work){0};
}

/* A comparison. */
typedef struct comparing {
    cihsm_client *client;
    const cihsm_partner_options *options;
    bool is_final;
    partner_work *out;
} comparing;

static cihsm_status add(const comparing *of, const partner_step *step, cihsm_error *err)
{
    partner_work *to = of->out;
    if (to->count == to->room) {
        const size_t room = to->room == 0 ? 16 : to->room * 2;
        partner_step *steps = realloc(to->steps, room * sizeof *steps);
        if (steps == NULL) {
            return cihsm_fail_memory(err);
        }
        to->steps = steps;
        to->room = room;
    }
    to->steps[to->count++] = *step;
    return CIHSM_OK;
}

/* --- credentials ----------------------------------------------------------------------------- */

static const cihsm_secret *password_of(const comparing *of, const partner_entry *credential)
{
    for (size_t i = 0; i < of->options->password_count; i++) {
        const cihsm_partner_password *one = &of->options->passwords[i];
        if (strcmp(one->partner, credential->partner) == 0 &&
            strcmp(one->id, credential->keys[0]) == 0) {
            return one->password;
        }
    }
    return NULL;
}

/* Without a password it can only be said what is to be done. */
static cihsm_status add_credential(const comparing *of, partner_step *step, const char *note,
                                   cihsm_error *err)
{
    step->password = password_of(of, step->wanted);
    if (step->password == NULL) {
        step->change = CIHSM_PARTNER_SKIP;
    }
    snprintf(step->note, sizeof step->note, "%s%s%s", note,
             step->password == NULL && note[0] != '\0' ? "; " : "",
             step->password == NULL ? "its password is not given" : "");
    return add(of, step, err);
}

/* The user is the same; is the password? */
static cihsm_status compare_password(const comparing *of, partner_step *step, cihsm_error *err)
{
    const cihsm_secret *password = password_of(of, step->wanted);
    partner_match match = PARTNER_MATCH_YES;
    if (password != NULL) {
        CIHSM_TRY(partner_remote_match(of->client, step->present, password, &match, err));
    }
    if (match == PARTNER_MATCH_YES || (match == PARTNER_MATCH_UNKNOWN && of->is_final)) {
        return CIHSM_OK;
    }
    return add_credential(of, step,
                          match == PARTNER_MATCH_NO ? "another password"
                                                    : "the tenant tells no hash of its password",
                          err);
}

/* --- one entity ------------------------------------------------------------------------------ */

/* Another partner may have it, of the sets where the key does not name the partner. */
static cihsm_status add_new(const comparing *of, const partner_entry *wanted, cihsm_error *err)
{
    partner_step step = {.change = CIHSM_PARTNER_CREATE, .wanted = wanted};
    if (wanted->kind == CIHSM_PARTNER_CREDENTIAL) {
        return add_credential(of, &step, "", err);
    }
    if (!partner_kind_of(wanted->kind)->has_pid_key) {
        CIHSM_AUTO(partner_entry_free) partner_entry *held = NULL;
        CIHSM_TRY(partner_remote_find(of->client, wanted, &held, err));
        if (held != NULL) {
            step.change = CIHSM_PARTNER_UPDATE;
            step.present = held;
            snprintf(step.note, sizeof step.note, "was of %.80s", held->partner);
            CIHSM_TRY(partner_entries_add(&of->out->held, &held, err));
        }
    }
    return add(of, &step, err);
}

static cihsm_status add_changed(const comparing *of, const partner_entry *wanted,
                                const partner_entry *present, cihsm_error *err)
{
    partner_step step = {.change = CIHSM_PARTNER_UPDATE, .wanted = wanted, .present = present};
    const bool is_same = partner_entry_is_same(wanted, present);
    if (wanted->kind == CIHSM_PARTNER_CREDENTIAL) {
        char note[PARTNER_NOTE_SIZE];
        snprintf(note, sizeof note, "user %.80s", present->detail);
        return is_same ? compare_password(of, &step, err) : add_credential(of, &step, note, err);
    }
    if (is_same) {
        return CIHSM_OK;
    }
    if (!text_equal(wanted->detail, present->detail)) {
        snprintf(step.note, sizeof step.note, "was %.80s", present->detail);
    }
    return add(of, &step, err);
}

/* The tenant takes one id for each agency and scheme of a partner: a new one replaces another. */
static const partner_entry *replacement(const partner_entries *wanted, const partner_entry *present)
{
    for (size_t i = 0; present->kind == CIHSM_PARTNER_ALTERNATIVE && i < wanted->count; i++) {
        const partner_entry *one = wanted->items[i];
        if (one->kind == present->kind && strcmp(one->keys[0], present->keys[0]) == 0 &&
            strcmp(one->keys[1], present->keys[1]) == 0) {
            return one;
        }
    }
    return NULL;
}

static cihsm_status add_surplus(const comparing *of, const partner_entry *present, cihsm_error *err)
{
    const partner_entry *instead = replacement(&of->out->local->entries, present);
    const bool is_deleted = of->options->prune || instead != NULL;
    partner_step step = {.change = is_deleted ? CIHSM_PARTNER_DELETE : CIHSM_PARTNER_KEEP,
                         .present = present};
    if (instead != NULL) {
        snprintf(step.note, sizeof step.note, "%.80s takes its place", instead->keys[2]);
    } else if (!is_deleted) {
        snprintf(step.note, sizeof step.note, "is on the tenant only");
    }
    return add(of, &step, err);
}

/* --- all ------------------------------------------------------------------------------------- */

static cihsm_status merge(const comparing *of, cihsm_error *err)
{
    const partner_entries *wanted = &of->out->local->entries;
    const partner_entries *present = &of->out->present;
    size_t at = 0;
    size_t other = 0;
    while (at < wanted->count || other < present->count) {
        const int order = at == wanted->count ? 1
                          : other == present->count
                              ? -1
                              : partner_entry_compare(wanted->items[at], present->items[other]);
        if (order < 0) {
            CIHSM_TRY(add_new(of, wanted->items[at++], err));
        } else if (order > 0) {
            CIHSM_TRY(add_surplus(of, present->items[other++], err));
        } else {
            CIHSM_TRY(add_changed(of, wanted->items[at++], present->items[other++], err));
        }
    }
    return CIHSM_OK;
}

cihsm_status partner_compare(cihsm_client *client, const partner_local *local,
                             const cihsm_partner_options *options, bool is_final, partner_work *out,
                             cihsm_error *err)
{
    const comparing of = {client, options, is_final, out};
    out->local = local;
    CIHSM_TRY(partner_remote_read(client, local->partner, false, &out->present, err));
    return merge(&of, err);
}
