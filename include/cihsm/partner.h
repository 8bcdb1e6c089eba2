/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/partner.h - partners of the Partner Directory as folders of files: exported, compared with
 * the tenant, applied to it.
 *
 *     FOLDER/PID/partner.json                    what does not fit a file
 *     FOLDER/PID/StringParameters/ID.txt         the value and a line feed
 *     FOLDER/PID/BinaryParameters/ID.xsl         the bytes; the extension is the content type
 *
 * The same tenant gives the same bytes. Names are safe for every file system
 * (docs/guides/partner.md tells how). Passwords are in no file: the tenant does not tell them.
 *
 * What takes a client is called by its thread; all else by any.
 *
 * Source: docs/sap-contract.md sections 6.4 and 7.5.
 */
#ifndef CIHSM_PARTNER_H
#define CIHSM_PARTNER_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/secret.h"
#include "cihsm/value.h"

CIHSM_BEGIN_DECLS

/** What a partner can have. */
typedef enum cihsm_partner_kind {
    CIHSM_PARTNER_STRING = 0,  /**< StringParameters */
    CIHSM_PARTNER_BINARY,      /**< BinaryParameters */
    CIHSM_PARTNER_ALTERNATIVE, /**< AlternativePartners */
    CIHSM_PARTNER_USER,        /**< AuthorizedUsers */
    CIHSM_PARTNER_CREDENTIAL   /**< UserCredentialParameters */
} cihsm_partner_kind;

#define CIHSM_PARTNER_KINDS 5 /**< number of cihsm_partner_kind */

/* --- from the tenant to files ---------------------------------------------------------------- */

/** What an export did with one partner. */
typedef struct cihsm_partner_exported {
    const char *partner;                 /**< its id */
    const char *folder;                  /**< its own one */
    size_t entries[CIHSM_PARTNER_KINDS]; /**< that it has, by cihsm_partner_kind */
    size_t written;                      /**< files that are new or changed */
    size_t removed;                      /**< files of what the tenant no longer has */
} cihsm_partner_exported;

/** Start with {0}. All is borrowed for the call. */
typedef struct cihsm_partner_export_options {
    const char *folder;          /**< made if it is not there */
    const char *const *partners; /**< their ids */
    size_t partner_count;        /**< 0: all that the tenant has */
    bool overwrite;              /**< files in the way that no export wrote, too */
    /** Told after each partner; may be NULL. Another result than CIHSM_OK ends the export. */
    cihsm_status (*done)(void *user, const cihsm_partner_exported *one, cihsm_error *err);
    void *user;
} cihsm_partner_export_options;

/**
 * Looks at the options without a client.
 *
 * @param options  as for cihsm_partner_export
 * @retval CIHSM_E_USAGE  no id of a partner
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_partner_export_check(const cihsm_partner_export_options *options, cihsm_error *err);

/**
 * Writes partners to files: each file complete or not at all, those that are as they should be not
 * at all. What an export wrote and the tenant no longer has is removed, of partners that are gone
 * too if all are exported; files that no export wrote stay.
 *
 * @param client   used by no other thread meanwhile
 * @param options  what to export and where to
 * @retval CIHSM_E_NOT_FOUND  there is no such partner; nothing was written
 * @retval CIHSM_E_CONFLICT   a file that no export wrote is in the way, with another value
 * @retval CIHSM_E_BUSY       another export or apply is at work in the folder
 * @retval CIHSM_E_CONFIG     partner.json in the folder cannot be read
 * @retval CIHSM_E_IO         a file cannot be written
 * @retval CIHSM_E_LIMIT      an id is too long for the name of a file
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_partner_export(
    cihsm_client *client, const cihsm_partner_export_options *options, cihsm_error *err);

/* --- from files to the tenant ---------------------------------------------------------------- */

/** The partners of a folder, read and found to be what the tenant takes. Nothing is exported into
 * the folder while it is open. */
typedef struct cihsm_partner_folder cihsm_partner_folder;

/**
 * Reads partners from files.
 *
 * @param folder    of cihsm_partner_export, or made by hand
 * @param partners  ids; @p count 0: all that the folder has
 * @param out       yours
 * @retval CIHSM_E_CONFIG  the message names the file and what is wrong with it: the id of a
 *                         partner, a content type, more than 4000 characters or 1.5 MiB, the same
 *                         alternative partner or user twice, a link, a file that stands for nothing
 * @retval CIHSM_E_USAGE   the folder has no such partner, or none at all
 * @retval CIHSM_E_BUSY    an export or apply is at work in the folder
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_partner_folder_open(const char *folder,
                                                                 const char *const *partners,
                                                                 size_t count,
                                                                 cihsm_partner_folder **out,
                                                                 cihsm_error *err);

/** @return the number of partners. */
CIHSM_API size_t cihsm_partner_folder_count(const cihsm_partner_folder *folder);

/**
 * @param folder   stays as it is
 * @param partner  id of the partner
 * @param id       of the credential
 * @return true if a partner of the folder has a credential of this id.
 */
CIHSM_API bool cihsm_partner_folder_has_credential(const cihsm_partner_folder *folder,
                                                   const char *partner, const char *id);

/** Sets *folder to NULL. NULL is fine. */
CIHSM_API void cihsm_partner_folder_free(cihsm_partner_folder **folder);

/** The password of a credential. */
typedef struct cihsm_partner_password {
    const char *partner;          /**< id of the partner */
    const char *id;               /**< id of the credential */
    const cihsm_secret *password; /**< what is written; never read back */
} cihsm_partner_password;

/** Start with {0}. All is borrowed as long as the plan lives. */
typedef struct cihsm_partner_options {
    bool prune;           /**< delete what the tenant has and the folder has not */
    const char *modifier; /**< who the tenant is to record as the one who made the changes, its
                             option user; NULL: it decides */
    const cihsm_partner_password *passwords; /**< of the credentials that are to be written */
    size_t password_count;
    /** Told after each partner that was changed; may be NULL. */
    void (*done)(void *user, const char *partner, size_t changes);
    void *user;
} cihsm_partner_options;

/** What becomes of an entity. */
typedef enum cihsm_partner_change {
    CIHSM_PARTNER_CREATE = 0, /**< the folder has it and the tenant has not */
    CIHSM_PARTNER_UPDATE,     /**< both have it, with other values */
    CIHSM_PARTNER_DELETE,     /**< the tenant has it and the folder has not; with prune */
    CIHSM_PARTNER_KEEP, /**< the tenant has it and the folder has not; without prune it stays */
    CIHSM_PARTNER_SKIP  /**< a credential that needs its password to be written */
} cihsm_partner_change;

#define CIHSM_PARTNER_CHANGES 5 /**< number of cihsm_partner_change */

/** What has to be done for the tenant to be as the folder. */
typedef struct cihsm_partner_plan cihsm_partner_plan;

/**
 * Reads the tenant and compares. Nothing is written.
 *
 * @param client   used by no other thread meanwhile
 * @param folder   borrowed as long as the plan lives
 * @param options  may be NULL
 * @param out      yours; must be freed before the folder
 * @retval else  as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_partner_plan_make(cihsm_client *client,
                                                               const cihsm_partner_folder *folder,
                                                               const cihsm_partner_options *options,
                                                               cihsm_partner_plan **out,
                                                               cihsm_error *err);

/** @return how many entities are to be changed in that way. */
CIHSM_API size_t cihsm_partner_plan_count(const cihsm_partner_plan *plan,
                                          cihsm_partner_change change);

/**
 * @return an array, borrowed: an object for each entity that differs, with the members change
 *         (create, update, delete, keep, skip), partner, entity (string, binary, alternative, user,
 *         credential), id, key (an object of its key properties), note, and where it has them size
 *         and size_before (bytes), transaction (its number, from 1)
 */
CIHSM_API const cihsm_value *cihsm_partner_plan_rows(const cihsm_partner_plan *plan);

/** What was done. */
typedef struct cihsm_partner_applied {
    size_t changes;      /**< entities that were written or deleted */
    size_t transactions; /**< change sets that were done, and credentials written or deleted */
} cihsm_partner_applied;

/**
 * Does what the plan says, partner by partner. The changes of a partner are one change set, done as
 * a whole or not at all (more than one where they are more than 40 MiB); each credential is a
 * request of its own behind it. Before its change set a partner is read again: what was changed on
 * the tenant since the plan was made is not overwritten. In the moment between that and the change
 * set it may be: the tenant has no ETags. In the end all is read again and compared.
 *
 * @param client  that of the plan
 * @param plan    done once; make a new one afterwards. Its folder is still open
 * @param report  filled in every case
 * @retval CIHSM_E_CONFLICT  a partner was changed since; nothing of it was sent
 * @retval CIHSM_E_BUSY      the folder of the plan is open elsewhere, too; nothing was sent
 * @retval CIHSM_E_CONFIG    a file was changed since
 * @retval CIHSM_E_CHECK     all was done, and the tenant still differs
 * @retval else              as for cihsm_client_batch and cihsm_batch_error: the message names the
 *                           entity; what was done before it stays
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_partner_apply(cihsm_client *client,
                                                           const cihsm_partner_plan *plan,
                                                           cihsm_partner_applied *report,
                                                           cihsm_error *err);

/** Sets *plan to NULL. NULL is fine. */
CIHSM_API void cihsm_partner_plan_free(cihsm_partner_plan **plan);

CIHSM_END_DECLS

#endif
