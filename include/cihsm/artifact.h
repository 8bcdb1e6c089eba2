/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/artifact.h - the artifacts of integration packages: where they are, how they are written,
 * and how they come to run.
 *
 * A write is made as an object that holds its request, so that it can be shown before it is sent:
 *
 *     cihsm_artifact_write *write = NULL;
 *     cihsm_artifact_deploy(&flow, &write, &err);
 *     const cihsm_request *request = cihsm_artifact_request(write);
 *     cihsm_client_send(client, request, &answer, &err);
 *
 * Threads: what takes a client is called by the client's thread; all else may be called by any.
 *
 * Source: docs/sap-contract.md sections 6.3 and 7.2.
 */
#ifndef CIHSM_ARTIFACT_H
#define CIHSM_ARTIFACT_H

#include <stdbool.h>
#include <stdint.h>

#include "cihsm/api.h"
#include "cihsm/archive.h"
#include "cihsm/client.h"
#include "cihsm/error.h"
#include "cihsm/path.h"
#include "cihsm/value.h"
#include "cihsm/write.h"

CIHSM_BEGIN_DECLS

/** What an artifact is. */
typedef enum cihsm_artifact_type {
    CIHSM_ARTIFACT_FLOW = 0,          /**< IntegrationDesigntimeArtifacts */
    CIHSM_ARTIFACT_MESSAGE_MAPPING,   /**< MessageMappingDesigntimeArtifacts */
    CIHSM_ARTIFACT_VALUE_MAPPING,     /**< ValueMappingDesigntimeArtifacts */
    CIHSM_ARTIFACT_SCRIPT_COLLECTION, /**< ScriptCollectionDesigntimeArtifacts */
    CIHSM_ARTIFACT_ADAPTER /**< created, deleted and deployed only: the tenant documents no more */
} cihsm_artifact_type;

#define CIHSM_ARTIFACT_TYPES 5 /**< number of cihsm_artifact_type */

/** One artifact. Texts are borrowed. */
typedef struct cihsm_artifact {
    cihsm_artifact_type type; /**< decides where it is */
    const char *id;           /**< not its name */
    const char *version;      /**< NULL: "active", the current one */
} cihsm_artifact;

/** @return the short name: "flow", "message-mapping", "value-mapping", "script-collection",
 *          "adapter"; never NULL. */
CIHSM_API const char *cihsm_artifact_type_name(cihsm_artifact_type type);

/**
 * Finds a type by its short name.
 *
 * @param name  short name
 * @param out   the type
 * @retval CIHSM_E_USAGE  there is none; the message names all
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_type_read(const char *name,
                                                                cihsm_artifact_type *out,
                                                                cihsm_error *err);

/** @return the entity set, "IntegrationDesigntimeArtifacts"; it is also the name of the package's
 *          navigation to these artifacts. Never NULL. */
CIHSM_API const char *cihsm_artifact_set(cihsm_artifact_type type);

/** @return true if the tenant documents that they can be listed, read and downloaded. */
CIHSM_API bool cihsm_artifact_is_readable(cihsm_artifact_type type);

/**
 * Makes the path of an artifact, or of what is below it: "$value", "Configurations".
 *
 * @param artifact  borrowed for the call
 * @param rest      may be NULL
 * @param out       the path, unencoded
 * @retval CIHSM_E_USAGE  too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_path(const cihsm_artifact *artifact,
                                                           const char *rest,
                                                           char out[CIHSM_PATH_SIZE],
                                                           cihsm_error *err);

/* --- writes ---------------------------------------------------------------------------------- */

/** A request with all that it needs. */
typedef struct cihsm_artifact_write cihsm_artifact_write;

/** @return the request, borrowed as long as the write lives. */
CIHSM_API const cihsm_request *cihsm_artifact_request(const cihsm_artifact_write *write);

/** Sets *write to NULL. NULL is fine. */
CIHSM_API void cihsm_artifact_write_free(cihsm_artifact_write **write);

/**
 * Makes a write that creates an artifact.
 *
 * @param artifact  its type and id; the version is the tenant's
 * @param package   id of its package
 * @param name      shown to people
 * @param content   its bytes are copied
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE   the tenant documents no such write for this type
 * @retval CIHSM_E_CONFIG  the content is that of another artifact (cihsm_archive_check_id)
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_create(const cihsm_artifact *artifact,
                                                             const char *package, const char *name,
                                                             const cihsm_archive *content,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/**
 * Makes a write that replaces the content; @p name is required: a PUT without it resets the name.
 *
 * @param artifact  what is changed
 * @param name      as it shall be called
 * @param content   its bytes are copied
 * @param out       yours (cihsm_artifact_write_free)
 * @retval else  as for cihsm_artifact_create
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_update(const cihsm_artifact *artifact,
                                                             const char *name,
                                                             const cihsm_archive *content,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/**
 * Makes a write that gives the present draft a version.
 *
 * @param artifact  whose draft it is
 * @param version   name of the version, "1.0.1"
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  the tenant documents no such write for this type
 */
CIHSM_API CIHSM_NODISCARD cihsm_status
cihsm_artifact_save_as_version(const cihsm_artifact *artifact, const char *version,
                               cihsm_artifact_write **out, cihsm_error *err);

/**
 * Makes a write that deletes an artifact.
 *
 * @param artifact  what is deleted
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  the id is too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_delete(const cihsm_artifact *artifact,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/**
 * Makes a write that deploys an artifact. Its answer is the id of a task: cihsm_artifact_task.
 *
 * @param artifact  what is deployed
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_deploy(const cihsm_artifact *artifact,
                                                             cihsm_artifact_write **out,
                                                             cihsm_error *err);

/**
 * Makes a write that takes it off the runtime; the artifact in the package stays.
 *
 * @param artifact  its id counts
 * @param out       yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  the id is too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_undeploy(const cihsm_artifact *artifact,
                                                               cihsm_artifact_write **out,
                                                               cihsm_error *err);

/**
 * Makes a write that sets an externalised parameter of a flow.
 *
 * @param artifact   a flow
 * @param parameter  as read from its Configurations: ParameterKey and DataType
 * @param value      as typed; it is checked by the data type
 * @param out        yours (cihsm_artifact_write_free)
 * @retval CIHSM_E_USAGE  the value is none of the data type; the id or the key is too long
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_configure(const cihsm_artifact *artifact,
                                                                const cihsm_value *parameter,
                                                                const char *value,
                                                                cihsm_artifact_write **out,
                                                                cihsm_error *err);

/* --- with a client --------------------------------------------------------------------------- */

/**
 * Reads the properties of an artifact.
 *
 * @param client    used by no other thread meanwhile
 * @param artifact  what is read
 * @param out       object, yours
 * @retval CIHSM_E_NOT_FOUND  the message says what there is not: the artifact, or this version
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_read(cihsm_client *client,
                                                           const cihsm_artifact *artifact,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Reads which artifacts a package has. All pages are followed.
 *
 * @param client   used by no other thread meanwhile
 * @param package  id of the package
 * @param type     NULL: of all types
 * @param out      array of objects, yours; each has its short type name as the member "Type"
 * @retval CIHSM_E_NOT_FOUND  there is no such package
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_list(cihsm_client *client,
                                                           const char *package,
                                                           const cihsm_artifact_type *type,
                                                           cihsm_value **out, cihsm_error *err);

/**
 * Looks why a write of an artifact failed, by reading what it is about, and says it in the error:
 * it exists already, it is not there, its package can only be configured. An error that tells no
 * more stays as it is.
 *
 * @param client    what failed was sent with it
 * @param artifact  the write's
 * @param package   of a creation; else NULL
 * @param err       of cihsm_client_send; its status may change, to CIHSM_E_CONFLICT for example
 * @return the status of the error
 */
CIHSM_API cihsm_status cihsm_artifact_explain(cihsm_client *client, const cihsm_artifact *artifact,
                                              const char *package, cihsm_error *err);

/**
 * Reads what the runtime says of an artifact.
 *
 * @param client  used by no other thread meanwhile
 * @param id      of the artifact
 * @param out     object, yours: the properties of IntegrationRuntimeArtifacts, and with the Status
 *                ERROR the member "Error"
 * @retval CIHSM_E_NOT_FOUND  it is not deployed
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_runtime_read(cihsm_client *client, const char *id,
                                                          cihsm_value **out, cihsm_error *err);

#define CIHSM_RUNTIME_ERROR_SIZE 2048 /**< room for an error text, the NUL included */

/**
 * Reads why an artifact does not run. The tenant has the details some time after the error, so they
 * are asked for again, for up to 30 s.
 *
 * @param client  used by no other thread meanwhile
 * @param id      of the artifact
 * @param out     the texts of the tenant, joined; "": it tells nothing. What the tenant sent, as it
 *                is, is the value of IntegrationRuntimeArtifacts('id')/ErrorInformation
 * @retval else  as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_runtime_error(cihsm_client *client, const char *id,
                                                           char out[CIHSM_RUNTIME_ERROR_SIZE],
                                                           cihsm_error *err);

#define CIHSM_TASK_SIZE 128 /**< room for the id of a task, the NUL included */

/**
 * Reads the id of the task that a deployment is: a bare text, or a member of an object.
 *
 * @param answer  to cihsm_artifact_deploy
 * @param out     the id
 * @retval CIHSM_E_PROTOCOL  the answer has none
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_task(const cihsm_answer *answer,
                                                           char out[CIHSM_TASK_SIZE],
                                                           cihsm_error *err);

/** How a deployment is waited for. Start with {0}. */
typedef struct cihsm_deploy_wait {
    int64_t deadline_s; /**< 0: 600 */
    /** What the runtime said before the deployment (cihsm_runtime_read); NULL: nothing ran. While
     * it says the same, by DeployedOn, it is not about this deployment, for a minute at most. */
    const cihsm_value *before;
    /** Told when something new is known: "building", "starting"; may be NULL. */
    void (*progress)(void *user, const char *what);
    void *user;
} cihsm_deploy_wait;

/**
 * Waits until a deployment has come to its end: the task, then the start on the runtime. Asks with
 * growing pauses, half a second to ten seconds.
 *
 * @param client    used by no other thread meanwhile
 * @param artifact  what was deployed
 * @param task      of cihsm_artifact_task
 * @param wait      may be NULL
 * @param out       what runs, as cihsm_runtime_read, yours
 * @retval CIHSM_E_SERVER     it was not built, or does not start; the message says why
 * @retval CIHSM_E_NOT_FOUND  it was built, but does not appear on the runtime within a minute
 * @retval CIHSM_E_TIMEOUT    the deadline passed; the tenant may still be at work
 * @retval else               as for cihsm_client_get
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_artifact_wait(cihsm_client *client,
                                                           const cihsm_artifact *artifact,
                                                           const char *task,
                                                           const cihsm_deploy_wait *wait,
                                                           cihsm_value **out, cihsm_error *err);

CIHSM_END_DECLS

#endif
