/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/token_admin.h - tokens as their administrator sees them: list, initialise, PINs.
 *
 * Listing works beside everything else. What changes a token needs its module alone: while a
 * cihsm_token of it is open in this process these calls answer CIHSM_E_STATE, because they end the
 * sessions and logins of the whole process (they go through libp11). They also empty the thread's
 * queue of OpenSSL errors.
 *
 * PINs come from cihsm_token_config.pin, which is asked with the kind of PIN.
 *
 * Threads: any thread may call, and lists and reports are not changed once they are made.
 */
#ifndef CIHSM_TOKEN_ADMIN_H
#define CIHSM_TOKEN_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"
#include "cihsm/key.h"
#include "cihsm/token.h"

CIHSM_BEGIN_DECLS

/** What a token says about a PIN. Some tokens never say that wrong ones were given. */
typedef enum cihsm_pin_state {
    CIHSM_PIN_OK = 0,      /**< set, and no wrong one was given */
    CIHSM_PIN_WRONG_GIVEN, /**< at least one wrong PIN since the last right one */
    CIHSM_PIN_LAST_TRY,    /**< the next wrong one locks it */
    CIHSM_PIN_LOCKED,      /**< too many wrong ones were given */
    CIHSM_PIN_NOT_SET,     /**< there is none yet */
    CIHSM_PIN_MUST_CHANGE  /**< set by somebody else; must be changed before use */
} cihsm_pin_state;

/** A token, as its module tells it (CK_TOKEN_INFO). */
typedef struct cihsm_token_info {
    const char *uri;       /**< canonical; "pkcs11:slot-id=N" if not initialised; borrowed */
    unsigned long slot_id; /**< CK_SLOT_ID; another one after the next start, with some modules */
    char label[33], manufacturer[33], model[17], serial[17]; /**< blanks trimmed */
    bool initialized;                      /**< it has a label and a security officer PIN */
    bool login_required;                   /**< private keys are seen after a login only */
    bool pinpad;                           /**< PINs are typed at the token */
    bool write_protected;                  /**< nothing can be stored on it */
    cihsm_pin_state user_pin, officer_pin; /**< what it says of each */
    unsigned long pin_min, pin_max; /**< length in bytes; advisory; 0: the token does not say */
} cihsm_token_info;

/** The tokens in the slots of a module. */
typedef struct cihsm_token_list cihsm_token_list;

/**
 * Lists the tokens in the module's slots, initialised or not. Needs no PIN.
 *
 * @param config  module, init_string and log are used; uri, if not NULL, leaves out what it does
 *                not match
 * @param out     yours; may be empty
 * @retval CIHSM_E_CONFIG   the module cannot be loaded or is no PKCS#11 module
 * @retval CIHSM_E_USAGE    the URI is malformed
 * @retval CIHSM_E_TOKEN    the module fails
 * @retval CIHSM_E_TIMEOUT  it does not answer
 *
 * Source: PKCS#11 v2.40 section 5.5, C_GetSlotList and C_GetTokenInfo.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_list_fetch(const cihsm_token_config *config,
                                                              cihsm_token_list **out,
                                                              cihsm_error *err);
/** @return the number of tokens. */
CIHSM_API size_t cihsm_token_list_count(const cihsm_token_list *list);
/** @return entry @p at, borrowed; NULL beyond the end. */
CIHSM_API const cihsm_token_info *cihsm_token_list_at(const cihsm_token_list *list, size_t at);
/** Frees it, sets *list to NULL. NULL is fine. */
CIHSM_API void cihsm_token_list_free(cihsm_token_list **list);

/** A mechanism that this library uses, as the token's list has it. */
typedef struct cihsm_mechanism {
    const char *name;                 /**< "CKM_RSA_PKCS_PSS" */
    const char *use;                  /**< what this library needs it for; one line */
    bool listed;                      /**< it stands in the token's list */
    unsigned long bits_min, bits_max; /**< key size; both 0: the token does not say */
} cihsm_mechanism;

/**
 * Whether a client key of a type can be made and will work in TLS. CIHSM_UNKNOWN: what it needs is
 * not listed. The list is a hint, not a gate: there are tokens that sign by mechanisms they do not
 * list, and the proof is a signature.
 */
typedef struct cihsm_key_support {
    const char *type;                      /**< as cihsm_key_type_format writes it */
    cihsm_tristate generate, tls12, tls13; /**< can be made on it; signs for TLS 1.2, for 1.3 */
} cihsm_key_support;

/** A token with its mechanisms. */
typedef struct cihsm_token_report cihsm_token_report;

/**
 * Describes the one token that config->uri means (NULL: the only one). Needs no PIN.
 *
 * @param config  as for cihsm_token_list_fetch; pin is not asked
 * @param out     yours
 * @retval CIHSM_E_TOKEN  no such token, or several; the message lists them
 * @retval else           as for cihsm_token_list_fetch
 *
 * Source: PKCS#11 v2.40 section 5.5, C_GetMechanismList and C_GetMechanismInfo.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_report_fetch(const cihsm_token_config *config,
                                                                cihsm_token_report **out,
                                                                cihsm_error *err);
/** @return the token, borrowed from the report. */
CIHSM_API const cihsm_token_info *cihsm_token_report_info(const cihsm_token_report *report);
/**
 * @param report  borrowed
 * @return mechanism @p at, borrowed from the report; NULL beyond the end.
 */
CIHSM_API const cihsm_mechanism *cihsm_token_report_mechanism(const cihsm_token_report *report,
                                                              size_t at);
/**
 * @param report  borrowed
 * @return key type @p at, borrowed from the report; NULL beyond the end.
 */
CIHSM_API const cihsm_key_support *cihsm_token_report_key(const cihsm_token_report *report,
                                                          size_t at);
/** Frees it, sets *report to NULL. NULL is fine. */
CIHSM_API void cihsm_token_report_free(cihsm_token_report **report);

/**
 * Asked before a token that is initialised already is erased with all its keys.
 *
 * @return CIHSM_OK to go on; anything else ends the call with that status
 */
typedef cihsm_status (*cihsm_token_erase_fn)(void *user, const cihsm_token_info *token,
                                             cihsm_error *err);

/**
 * Initialises a token: security officer PIN, label, user PIN. All PINs are asked for before
 * anything is changed. Keys and certificates that were on it are gone.
 *
 * @param config      its uri selects the token by any attribute or by slot-id; NULL: the only one
 *                    that is not initialised. pin is asked for CIHSM_PIN_NEW_OFFICER (initialised
 *                    already: CIHSM_PIN_OFFICER), then for CIHSM_PIN_NEW_USER
 * @param label       UTF-8, at most 32 bytes
 * @param may_erase   NULL: a token that is initialised is refused
 * @param erase_user  handed to may_erase
 * @param out         a list with the token as it is now, found again by its serial number: slots
 *                    are renumbered
 * @retval CIHSM_E_USAGE     the label is empty, too long or no UTF-8
 * @retval CIHSM_E_CONFLICT  it is initialised and may_erase is NULL
 * @retval CIHSM_E_TOKEN     no such token, several, or it failed; the message says whether it is
 *                           initialised now and lacks the user PIN
 * @retval CIHSM_E_STATE     the module is in use in this process
 * @retval CIHSM_E_TIMEOUT   the token did not answer in time; the message says where it may be now
 * @retval else              as for cihsm_token_list_fetch
 *
 * Source: PKCS#11 v2.40 section 5.5, C_InitToken and C_InitPIN.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_initialize(
    const cihsm_token_config *config, const char *label, cihsm_token_erase_fn may_erase,
    void *erase_user, cihsm_token_list **out, cihsm_error *err);

/**
 * Sets the user PIN as security officer: the first one, or a new one for a locked token.
 * pin is asked for CIHSM_PIN_OFFICER, then for CIHSM_PIN_NEW_USER.
 *
 * @param config  its uri selects one token
 * @retval CIHSM_E_PIN      the token refused the security officer PIN or does not like the new one
 * @retval CIHSM_E_TIMEOUT  the token did not answer in time: the PIN may be set or not
 * @retval CIHSM_E_STATE    the module is in use in this process
 * @retval else             as for cihsm_token_report_fetch
 *
 * Source: PKCS#11 v2.40 section 5.5, C_InitPIN.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_set_pin(const cihsm_token_config *config,
                                                           cihsm_error *err);

/**
 * Changes the user PIN. pin is asked for CIHSM_PIN_USER, then for CIHSM_PIN_NEW_USER.
 *
 * @param config  its uri selects one token
 * @retval CIHSM_E_PIN      the token refused the PIN, does not like the new one, or has none yet
 * @retval CIHSM_E_TIMEOUT  the token did not answer in time: the PIN may be changed or not
 * @retval CIHSM_E_STATE    the module is in use in this process
 * @retval else             as for cihsm_token_report_fetch
 *
 * Source: PKCS#11 v2.40 section 5.5, C_SetPIN.
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_change_pin(const cihsm_token_config *config,
                                                              cihsm_error *err);

/**
 * Whether a URI may mean the token of that label and serial number; asks no token.
 *
 * @param uri      RFC 7512
 * @param label    of the token, blanks trimmed
 * @param serial   of the token, blanks trimmed
 * @param matches  true also where the URI names neither
 * @retval CIHSM_E_USAGE  the URI is malformed
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_token_uri_matches(const char *uri, const char *label,
                                                               const char *serial, bool *matches,
                                                               cihsm_error *err);

CIHSM_END_DECLS

#endif
