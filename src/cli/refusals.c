/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/refusals.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/login_lock.h"
#include "cli/report.h"
#include "cli/signals.h"

/* For another run's verdict: so much longer than that run has for it; and in all, if the PIN was
 * taken before. */
enum { STEP_MS = 10, MARGIN_MS = 5000, TRUSTED_MS = 5000 };

static const char REFUSED[] = "refused";
static const char IN_DOUBT[] = "general error";
static const char OFFERED[] = "none yet"; /* of a run that is dead: none ever */
static const char TAKEN[] = "taken";

/* --- the source -------------------------------------------------------------------------- */

cli_source_id cli_source_identify(const char *source)
{
    static const char FILE_PREFIX[] = "file:";
    cli_source_id id = {.text = ""};
    struct stat info;
    if (strncmp(source, FILE_PREFIX, sizeof FILE_PREFIX - 1) != 0) {
        snprintf(id.text, sizeof id.text, "%s", source);
    } else if (lstat(source + sizeof FILE_PREFIX - 1, &info) != 0) {
        snprintf(id.text, sizeof id.text, "file not seen");
    } else {
        snprintf(id.text, sizeof id.text, "file device %ju inode %ju changed %jd.%09ld",
                 (uintmax_t)info.st_dev, (uintmax_t)info.st_ino, (intmax_t)info.st_mtim.tv_sec,
                 info.st_mtim.tv_nsec);
    }
    return id;
}

/* --- entries ----------------------------------------------------------------------------- */

static const char *kind_name(cihsm_pin_kind kind)
{
    return kind == CIHSM_PIN_OFFICER || kind == CIHSM_PIN_NEW_OFFICER ? "security officer" : "user";
}

static refusals_entry name_pin(const cihsm_pin_request *request, const cli_source_id *id)
{
    refusals_entry made = {.token = ""};
    snprintf(made.token, sizeof made.token, "%s", request->token_label);
    snprintf(made.serial, sizeof made.serial, "%s", request->token_serial);
    snprintf(made.pin, sizeof made.pin, "%s", kind_name(request->kind));
    snprintf(made.source, sizeof made.source, "%s", id == NULL ? "" : id->text);
    return made;
}

static refusals_entry answered(const refusals_entry *of, const char *answer)
{
    refusals_entry made = *of;
    snprintf(made.answer, sizeof made.answer, "%s", answer);
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(made.time, sizeof made.time, "%Y-%m-%d at %H:%M:%S UTC", &utc) == 0) {
        snprintf(made.time, sizeof made.time, "an unknown day");
    }
    return made;
}

static bool is_same_pin(const refusals_entry *of, const void *context)
{
    const refusals_entry *wanted = context;
    return strcmp(of->token, wanted->token) == 0 && strcmp(of->serial, wanted->serial) == 0 &&
           strcmp(of->pin, wanted->pin) == 0;
}

static bool is_same(const refusals_entry *of, const void *context)
{
    const refusals_entry *wanted = context;
    return is_same_pin(of, wanted) && strcmp(of->source, wanted->source) == 0;
}

static bool is_offered(const refusals_entry *of)
{
    return strcmp(of->answer, OFFERED) == 0;
}

/* A PIN that is taken clears the others of its kind, but one that is just being shown. */
static bool is_cleared(const refusals_entry *of, const void *context)
{
    return is_same(of, context) || (is_same_pin(of, context) && !is_offered(of));
}

/* --- before ------------------------------------------------------------------------------ */

/* What a run that is about to show a PIN looks at. */
typedef struct look {
    const cihsm_pin_request *request;
    const char *source; /* as given */
    refusals_entry pin;
    refusals_entry found; /* the refusal that stops */
    long waited_ms;
    long patience_ms; /* for a PIN that was never taken */
    long trusted_ms;  /* for one that was */
} look;

typedef enum next { SHOW, NOTE_AND_SHOW, WAIT, STOP } next;

static cihsm_status fail_known(const look *of, cihsm_error *err)
{
    const bool is_file = strncmp(of->source, "file:", 5) == 0;
    const char *answer = is_offered(&of->found) ? "left a login unanswered and may have refused"
                         : strcmp(of->found.answer, IN_DOUBT) == 0
                             ? "failed without a reason and may have refused"
                             : "refused";
    return cli_fail(err, CIHSM_E_PIN,
                    "token %s %s the %sPIN of %s on %s, so it is not offered again: %s \"cihsm "
                    "token forget-refusal\"",
                    of->request->token_label, answer,
                    of->request->kind == CIHSM_PIN_OFFICER ? "security officer " : "", of->source,
                    of->found.time, is_file ? "correct the file, or run" : "correct it, then run");
}

/* Unless this process saw the token take it: a long run goes on without its folder. */
static cihsm_status fail_to_note(const look *of, const cihsm_error *cause, cihsm_error *err)
{
    if (of->request->was_taken) {
        refusals_warn("a refusal of the PIN could not be noted", cause->message);
        return CIHSM_OK;
    }
    if (cause->status == CIHSM_E_NO_MEMORY) {
        return cli_fail(err, CIHSM_E_NO_MEMORY, "%s", cause->message);
    }
    return cli_fail(err, CIHSM_E_CONFIG,
                    "the PIN of %s is not offered, because a refusal could not be noted for the "
                    "next run: %s; set XDG_STATE_HOME to a folder that can be written, or "
                    "StateDirectory= in a unit of systemd",
                    of->source, cause->message);
}

/* What this process saw the token take is not in doubt. */
static bool stops(const look *of, const refusals_entry *found, bool has_lock)
{
    return of->request->was_taken ? strcmp(found->answer, REFUSED) == 0
                                  : !is_offered(found) || has_lock;
}

static next decide_by(look *of, const refusals_known *known, bool has_lock)
{
    const refusals_entry *found = refusals_find(&known->refused, is_same, &of->pin);
    if (found != NULL && stops(of, found, has_lock)) {
        of->found = *found;
        return STOP;
    }
    if (of->request->was_taken || refusals_find(&known->taken, is_same, &of->pin) != NULL) {
        return has_lock || of->waited_ms >= of->trusted_ms ? SHOW : WAIT;
    }
    return has_lock ? NOTE_AND_SHOW : WAIT;
}

static cihsm_status decide(look *of, bool has_lock, next *out, cihsm_error *err)
{
    refusals_known known;
    cihsm_error cause = {0};
    if (refusals_read(&known, &cause) != CIHSM_OK) {
        CLI_TRY(fail_to_note(of, &cause, err));
    }
    *out = decide_by(of, &known, has_lock);
    return CIHSM_OK;
}

static cihsm_status try_lock(const look *of, int lock, bool *has, cihsm_error *err)
{
    cihsm_error cause = {0};
    return login_lock_try(lock, &of->pin, has, &cause) == CIHSM_OK ? CIHSM_OK
                                                                   : fail_to_note(of, &cause, err);
}

static bool add_note(refusals_known *now, void *context)
{
    const look *of = context;
    const refusals_entry made = answered(&of->pin, OFFERED);
    refusals_add(&now->refused, &made);
    return true;
}

static cihsm_status note(look *of, cli_offer *out, cihsm_error *err)
{
    cihsm_error cause = {0};
    out->is_noted = refusals_change(add_note, of, &cause) == CIHSM_OK;
    return out->is_noted ? CIHSM_OK : fail_to_note(of, &cause, err);
}

static cihsm_status wait_a_moment(look *of, cihsm_error *err)
{
    if (of->waited_ms >= of->patience_ms) {
        return cli_fail(err, CIHSM_E_TIMEOUT,
                        "another run offers the PIN of %s to token %s and has had no answer for "
                        "%ld s: repeat this when it has ended",
                        of->source, of->request->token_label, of->waited_ms / 1000);
    }
    of->waited_ms += STEP_MS;
    return cli_signals_wait_ms(STEP_MS)
               ? CIHSM_OK
               : cli_fail(err, CIHSM_E_CANCELED, "the PIN was not offered to token %s",
                          of->request->token_label);
}

static cihsm_status look_until_clear(look *of, cli_offer *out, cihsm_error *err)
{
    for (;;) {
        bool has_lock = false;
        next step = STOP;
        CLI_TRY(try_lock(of, out->lock, &has_lock, err));
        CLI_TRY(decide(of, has_lock, &step, err));
        switch (step) {
        case SHOW:
            return CIHSM_OK;
        case NOTE_AND_SHOW:
            return note(of, out, err);
        case STOP:
            return fail_known(of, err);
        case WAIT:
            CLI_TRY(wait_a_moment(of, err));
        }
    }
}

cihsm_status cli_refusals_offer(const cihsm_pin_request *request, const char *source,
                                const cli_source_id *id, long timeout_ms, cli_offer *out,
                                cihsm_error *err)
{
    look now = {.request = request,
                .source = source,
                .pin = name_pin(request, id),
                .patience_ms = timeout_ms + MARGIN_MS,
                .trusted_ms = timeout_ms / 2 < TRUSTED_MS ? timeout_ms / 2 : TRUSTED_MS};
    cihsm_error cause = {0};
    *out = CLI_OFFER_NONE;
    if (login_lock_open(&out->lock, &cause) != CIHSM_OK) {
        return fail_to_note(&now, &cause, err);
    }
    const cihsm_status status = look_until_clear(&now, out, err);
    if (status != CIHSM_OK) {
        login_lock_close(&out->lock);
    }
    return status;
}

/* --- after ------------------------------------------------------------------------------- */

typedef struct outcome {
    refusals_entry pin;
    bool has_source;
    bool is_new;
    const char *answer; /* that is remembered as a refusal */
} outcome;

static bool take(refusals_known *now, void *context)
{
    const outcome *of = context;
    bool changes = refusals_drop(&now->refused, is_cleared, &of->pin) > 0;
    if (of->is_new) {
        changes = refusals_drop(&now->taken, is_same_pin, &of->pin) > 0 || changes;
    }
    if (of->has_source && refusals_find(&now->taken, is_same, &of->pin) == NULL) {
        const refusals_entry made = answered(&of->pin, TAKEN);
        refusals_add(&now->taken, &made);
        changes = true;
    }
    return changes;
}

static bool refuse(refusals_known *now, void *context)
{
    const outcome *of = context;
    const refusals_entry made = answered(&of->pin, of->answer);
    (void)refusals_drop(&now->taken, is_same, &of->pin);
    (void)refusals_drop(&now->refused, is_same, &of->pin);
    refusals_add(&now->refused, &made);
    return true;
}

static bool take_back(refusals_known *now, void *context)
{
    const outcome *of = context;
    return refusals_drop(&now->refused, is_same, &of->pin) > 0;
}

static void change_or_warn(refusals_change_fn change, outcome *of)
{
    cihsm_error err = {0};
    if (refusals_change(change, of, &err) != CIHSM_OK) {
        refusals_warn("the next run will not know what the token said to the PIN", err.message);
    }
}

void cli_refusals_resolve(cli_offer *of, const cihsm_pin_request *request, const cli_source_id *id,
                          cihsm_pin_verdict verdict)
{
    outcome now = {.pin = name_pin(request, id), .has_source = true};
    switch (verdict) {
    case CIHSM_PIN_TAKEN:
        change_or_warn(take, &now);
        break;
    case CIHSM_PIN_REFUSED:
    case CIHSM_PIN_IN_DOUBT:
        now.answer = verdict == CIHSM_PIN_REFUSED ? REFUSED : IN_DOUBT;
        change_or_warn(refuse, &now);
        break;
    case CIHSM_PIN_NOT_JUDGED:
        if (of->is_noted) {
            change_or_warn(take_back, &now);
        }
        break;
    case CIHSM_PIN_UNANSWERED: /* the note stays */
        break;
    }
    login_lock_close(&of->lock);
}

void cli_refusals_taken(const cihsm_pin_request *request, const cli_source_id *id)
{
    outcome now = {.pin = name_pin(request, id),
                   .has_source = id != NULL,
                   .is_new = request->kind == CIHSM_PIN_NEW_USER ||
                             request->kind == CIHSM_PIN_NEW_OFFICER};
    if (now.has_source || refusals_exist()) {
        change_or_warn(take, &now);
    }
}

/* --- a person ---------------------------------------------------------------------------- */

typedef struct forgetting {
    const char *uri;
    size_t count;
} forgetting;

static bool is_meant(const refusals_entry *of, const void *context)
{
    const char *uri = context;
    bool matches = true;
    cihsm_error err = {0};
    return uri == NULL ||
           (cihsm_token_uri_matches(uri, of->token, of->serial, &matches, &err) == CIHSM_OK &&
            matches);
}

static bool forget(refusals_known *now, void *context)
{
    forgetting *of = context;
    of->count = refusals_drop(&now->refused, is_meant, of->uri);
    return of->count > 0;
}

cihsm_status cli_refusals_forget_uri(const char *uri, size_t *count, cihsm_error *err)
{
    forgetting context = {.uri = uri};
    bool matches = false;
    if (uri != NULL) {
        CLI_TRY(cihsm_token_uri_matches(uri, "", "", &matches, err));
    }
    if (refusals_exist()) {
        CLI_TRY(refusals_change(forget, &context, err));
    }
    *count = context.count;
    return CIHSM_OK;
}
