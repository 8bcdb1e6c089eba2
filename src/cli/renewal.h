/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/renewal - the way of a profile from its present certificate to the next one, in steps. What
 * was decided and done stands in a file beside the configuration, so that the way goes on after any
 * stop; the profile is changed by the one step that makes it use the new identity.
 */
#ifndef CLI_RENEWAL_H
#define CLI_RENEWAL_H

#include "cli/env.h"
#include "cli/settings.h"

/** One renewal. Start with RENEWAL_NONE; free with renewal_free. */
typedef struct renewal {
    cli_env *env;            /**< borrowed */
    cihsm_value *state;      /**< what the file holds: see renewal_begin */
    char file[CLI_PATH_MAX]; /**< of the state */
    int lock;                /**< descriptor; -1: none. Whoever has it renews, others do not */
    cihsm_token *token;      /**< opened by renewal_token */
    char waits_for[1024];    /**< "": it goes on; else what the person has to do first */
} renewal;

#define RENEWAL_NONE ((renewal){.lock = -1})

/** A step. It may be done a second time: what it finds done it takes as done. */
typedef struct renewal_step {
    const char *name; /**< stable */
    const char *what; /**< what it does, for people */
    cihsm_status (*run)(renewal *of, cihsm_error *err);
} renewal_step;

/** Frees, closes the token and gives the lock back. */
void renewal_free(renewal *of);

/* --- renewal_state.c -------------------------------------------------------------------------- */

/**
 * Reads the state of the profile in use, or makes a new one, which is not written yet: profile,
 * begun, next (name of a step), cn, certificateName, serviceKeyName, csr, chain, serviceKey (paths
 * of what is to be made), key, newKey, keyLabel, keyId (of a new key), instance, oldServiceKey,
 * oldChain, oldGuid (once the deletion of the old service key was begun). No secret.
 *
 * @param anew  forget an earlier one
 * @retval CIHSM_E_USAGE   no profile is in use, or not one that can be renewed
 * @retval CIHSM_E_CONFIG  its service key or the state cannot be read
 */
CIHSM_NODISCARD cihsm_status renewal_begin(cli_env *env, bool anew, renewal *out, cihsm_error *err);

/**
 * Takes the lock of the folder with the state, before the state is read; where a file system has no
 * locks it is not kept.
 *
 * @retval CIHSM_E_BUSY  another run renews a profile of that configuration
 */
CIHSM_NODISCARD cihsm_status renewal_lock(const cli_env *env, int *out, cihsm_error *err);

/** Sets the names of all that is to be made (renewal_names.c); oldServiceKey and oldChain are set.
 */
CIHSM_NODISCARD cihsm_status renewal_choose_names(renewal *of, cihsm_error *err);

/** @return a member of the state; NULL if it is not set. */
const char *renewal_get(const renewal *of, const char *name);

/** Sets a member; it is kept by the next renewal_save. @param text  NULL: unset */
CIHSM_NODISCARD cihsm_status renewal_set(renewal *of, const char *name, const char *text,
                                         cihsm_error *err);

/** Writes the state: complete or not at all. */
CIHSM_NODISCARD cihsm_status renewal_save(const renewal *of, cihsm_error *err);

/** Removes the file of the state. */
CIHSM_NODISCARD cihsm_status renewal_forget(const renewal *of, cihsm_error *err);

/* --- for the steps ---------------------------------------------------------------------------- */

/** @return the token, opened by the first who asks. */
CIHSM_NODISCARD cihsm_status renewal_token(renewal *of, cihsm_token **out, cihsm_error *err);

/** Closes it, if it is open. */
void renewal_close_token(renewal *of);

/** @return the URI of the key that is certified: the new one, or that of the profile. */
const char *renewal_key(const renewal *of);

/** Says what the person has to do; the way ends here for now. */
CIHSM_PRINTF(2, 3)
void renewal_wait(renewal *of, const char *format, ...);

/* --- the steps, in their order ---------------------------------------------------------------- */

/* renewal_identity.c */
cihsm_status renewal_make_key(renewal *of, cihsm_error *err);
cihsm_status renewal_make_request(renewal *of, cihsm_error *err);
cihsm_status renewal_get_certificate(renewal *of, cihsm_error *err);
cihsm_status renewal_import(renewal *of, cihsm_error *err);

/* renewal_service.c */
cihsm_status renewal_make_service_key(renewal *of, cihsm_error *err);
cihsm_status renewal_test(renewal *of, cihsm_error *err);
cihsm_status renewal_switch(renewal *of, cihsm_error *err);
cihsm_status renewal_retire(renewal *of, cihsm_error *err);

#endif
