/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/resource - resources of the tenant as data: what a noun of the command line is about, by what
 * an entity is named, which options say which properties. The commands, their options and their
 * help are made from these rows; the verbs are written once for all of them.
 *
 * Source: docs/sap-contract.md sections 4.2, 4.3, 6.2, 7.1 to 7.6.
 */
#ifndef CLI_RESOURCE_H
#define CLI_RESOURCE_H

#include "cli/env.h"

typedef enum cli_verb {
    CLI_VERB_LIST = 0,
    CLI_VERB_SHOW,
    CLI_VERB_STATUS, /**< of what there is once on a tenant */
    CLI_VERB_GET,    /**< the value alone */
    CLI_VERB_CREATE,
    CLI_VERB_UPDATE,
    CLI_VERB_SET, /**< create or update, whichever it takes */
    CLI_VERB_ACTIVATE,
    CLI_VERB_DEACTIVATE,
    CLI_VERB_DELETE,
    CLI_VERB_COUNT
} cli_verb;

/* Sets of verbs. */
enum {
    CLI_LIST = 1 << CLI_VERB_LIST,
    CLI_SHOW = 1 << CLI_VERB_SHOW,
    CLI_STATUS = 1 << CLI_VERB_STATUS,
    CLI_GET = 1 << CLI_VERB_GET,
    CLI_CREATE = 1 << CLI_VERB_CREATE,
    CLI_UPDATE = 1 << CLI_VERB_UPDATE,
    CLI_SET = 1 << CLI_VERB_SET,
    CLI_ACTIVATE = 1 << CLI_VERB_ACTIVATE,
    CLI_DEACTIVATE = 1 << CLI_VERB_DEACTIVATE,
    CLI_DELETE = 1 << CLI_VERB_DELETE,
    CLI_WRITES = CLI_CREATE | CLI_UPDATE | CLI_SET,
    CLI_SWITCHES = CLI_ACTIVATE | CLI_DEACTIVATE,
    CLI_CHANGES = CLI_WRITES | CLI_SWITCHES | CLI_DELETE,
    CLI_ENTITY = CLI_SHOW | CLI_GET | CLI_DELETE | CLI_WRITES,
    CLI_ALL = CLI_LIST | CLI_ENTITY
};

/* Traits of a field. */
enum {
    CLI_KEY = 1 << 0,   /**< part of the key */
    CLI_HEX = 1 << 1,   /**< with CLI_KEY: the tenant wants its hex, made from the plain value */
    CLI_FOUND = 1 << 2, /**< the key is a number that the tenant gave: it is found by this */
    CLI_PLACE = 1 << 3, /**< an argument, by its place; else an option */
    CLI_PLACE_IN_LIST = 1 << 4, /**< the same for list */
    CLI_REQUIRED = 1 << 5,      /**< must be given to create one; of a key or with CLI_PARAMETER:
                                     always */
    CLI_SECRET = 1 << 6,        /**< its option names a source; the tenant never tells it */
    CLI_FILE = 1 << 7,          /**< its option names a file whose bytes are the value */
    CLI_PARAMETER = 1 << 8,     /**< no property, but an option of the tenant's own */
    CLI_COMPLETED = 1 << 9      /**< cli_kind.complete puts it into the body */
};

#define CLI_DIGITS "0123456789"
#define CLI_LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" CLI_DIGITS

/** What a person can say of an entity. */
typedef struct cli_field {
    const char *name;     /**< of the option; NULL ends a table */
    const char *argument; /**< placeholder; "a|b" are all values there are; NULL: a switch */
    const char *help;     /**< one line */
    const char *property; /**< of the entity set */
    unsigned verbs;       /**< that know it */
    unsigned traits;
    const char *otherwise; /**< sent to create one, or as part of a key, where it is not given;
                                NULL: nothing */
    const char *signs; /**< all that it may hold: CLI_DIGITS, or CLI_LETTERS_AND_DIGITS and others
                            behind them; NULL: anything */
} cli_field;

/** Where the entities of a set hang below those of another. */
typedef struct cli_parent {
    const char *set;        /**< its key has the key fields of list */
    const char *navigation; /**< from there to the entities */
    const char *link;       /**< from an entity back, sent to create one; NULL: not needed */
} cli_parent;

/** A function import that switches something of the tenant. */
typedef struct cli_switch {
    const char *function; /**< NULL: there is none */
    const char *question; /**< what follows the subject: "is switched on; go on?" */
} cli_switch;

/** One entity set. */
typedef struct cli_kind {
    const char *type; /**< value of --type; NULL: there is one kind */
    const char *set;  /**< NULL ends a table */
    const char *columns;
    const cli_field *fields;
    const cli_parent *parent; /**< NULL: the list is that of the set */
    const char *value;   /**< what get reads: the path below the entity, or with a field of that
                              property what it says */
    const char *expand;  /**< navigations that show reads too */
    const char *dropped; /**< navigation whose entries an update takes away */
    const char *method;  /**< of an update; NULL: PUT, with all that the entity has */
    bool repeats_key;    /**< a PUT has the key in its body too */
    /** Adds to the body of a new one what no row can say; NULL: there is nothing. */
    cihsm_status (*complete)(const cli_env *env, cihsm_value *body, cihsm_error *err);
    /** Finds out why reading or changing one failed, by its first key; NULL: only a 404 is
     *  explained. */
    cihsm_status (*explain)(cihsm_client *client, const char *key, cihsm_error *err);
    const char *only;    /**< key of the one entity that the set has; NULL: there are many */
    const char *inside;  /**< navigation of that one entity: what a command is about is read with it
                              and has no path of its own; NULL: it is about the entity */
    const char *deleted; /**< what is told of a deleted one; NULL: "deleted" */
    cli_switch activate;
    cli_switch deactivate;
} cli_kind;

typedef struct cli_resource {
    const char *noun; /**< "number-range", "partner string" */
    const char *one;  /**< "a number range" */
    const char *many; /**< "number ranges" */
    unsigned verbs;
    const cli_kind *kinds; /**< the first one is meant without --type */
    const char *types;     /**< help of --type; NULL: there is one kind */
    const char *lister;    /**< noun whose list tells what there is; NULL: its own */
    const char *loss; /**< what goes with a deleted one: "with all its messages"; may be NULL */
    const char *note; /**< shown at the end of the help; may be NULL */
    const char *examples[CLI_VERB_COUNT]; /**< what follows noun and verb */
} cli_resource;

extern const cli_resource *const CLI_RESOURCES[]; /**< NULL ends it */

/** @return the command at this place of those that the resources make; NULL beyond the last. */
const cli_command *cli_resource_command(size_t at);

/** What a command was called for. */
typedef struct cli_target {
    cli_env *env;
    const cli_resource *resource;
    const cli_kind *kind;
    cli_verb verb;
} cli_target;

/**
 * Chooses the kind by --type.
 *
 * @retval CIHSM_E_USAGE  there is no such type; an option is of another type; a value is none that
 *                        there is; the key cannot be sent
 */
CIHSM_NODISCARD cihsm_status cli_target_read(cli_env *env, cli_verb verb, cli_target *out,
                                             cihsm_error *err);

/** @return true if the verb knows the field. */
bool cli_field_is_of(const cli_field *field, cli_verb verb);

/** @return true if the field is an argument of the verb, no option. */
bool cli_field_is_placed(const cli_field *field, cli_verb verb);

/** @return what a field is for: its help without the type that it belongs to ("user: ..."). */
const char *cli_field_purpose(const cli_kind *kind, const cli_field *field);

/** @return what was said of a field, "true" for a switch; NULL if nothing. */
const char *cli_target_value(const cli_target *of, const cli_field *field);

enum { CLI_TARGET_PARAMETERS_MAX = 4 };

/**
 * Collects what was given for the tenant's own options.
 *
 * @return how many; their values are borrowed
 */
size_t cli_target_parameters(const cli_target *of, cihsm_parameter out[CLI_TARGET_PARAMETERS_MAX]);

/** Writes `number range "x"`. */
void cli_target_subject(const cli_target *of, char *out, size_t size);

/** Makes the path of the list. @param client  may be NULL where cli_target_asks says no */
CIHSM_NODISCARD cihsm_status cli_target_list_path(const cli_target *of, cihsm_client *client,
                                                  char out[CIHSM_PATH_SIZE], cihsm_error *err);

/** Makes the path of the entity, or of what is below. @param rest  may be NULL */
CIHSM_NODISCARD cihsm_status cli_target_path(const cli_target *of, cihsm_client *client,
                                             const char *rest, char out[CIHSM_PATH_SIZE],
                                             cihsm_error *err);

/** Looks at a path that is known without the tenant. @retval CIHSM_E_USAGE  it cannot be sent */
CIHSM_NODISCARD cihsm_status cli_target_check(const cli_target *of, cihsm_error *err);

/** @return true if the tenant has to be asked for the path. */
bool cli_target_asks(const cli_target *of);

/**
 * Finds the entity of a set that has a property of this value.
 *
 * @param expand  navigations to read too; may be NULL
 * @param out     yours
 * @retval CIHSM_E_NOT_FOUND  there is none
 */
CIHSM_NODISCARD cihsm_status cli_target_find(const cli_target *of, cihsm_client *client,
                                             const char *expand, cihsm_value **out,
                                             cihsm_error *err);

/** Reads the entity. @param out  yours */
CIHSM_NODISCARD cihsm_status cli_target_fetch(const cli_target *of, cihsm_client *client,
                                              const char *expand, cihsm_value **out,
                                              cihsm_error *err);

/**
 * Reads the one entity that the set has.
 *
 * @param out  yours: an entity, or an array where the tenant answers with texts
 */
CIHSM_NODISCARD cihsm_status cli_target_fetch_only(const cli_target *of, cihsm_client *client,
                                                   cihsm_value **out, cihsm_error *err);

/** For cli_write.explain: says what there is not. user is the cli_target. */
cihsm_status cli_target_explain(void *target, cihsm_client *client, cihsm_error *err);

/* The verbs, for the env of a command of cli_resource_command. */
cihsm_status cli_resource_list(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_show(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_status(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_get(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_create(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_update(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_set(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_activate(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_deactivate(cli_env *env, cihsm_error *err);
cihsm_status cli_resource_delete(cli_env *env, cihsm_error *err);

#endif
