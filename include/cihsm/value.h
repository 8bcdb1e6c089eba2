/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cihsm/value.h - JSON values: reading, building, writing.
 *
 * Stricter than most readers, so that nothing is lost without a word: names are compared with
 * their case, a document with trailing text, a repeated name, a NUL character, invalid UTF-8 or
 * more than CIHSM_VALUE_DEPTH_MAX levels is refused, and an integer that a double cannot hold
 * (beyond 2^53) is kept as a string of its digits. Source: RFC 8259; OData V2 sends Edm.Int64 as
 * strings for the same reason.
 *
 * A value may be read by several threads; it is changed by one.
 *
 * The calls that change a value do not clear the error first, so that a message can be put into a
 * value with its own error; all other public calls do.
 */
#ifndef CIHSM_VALUE_H
#define CIHSM_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "cihsm/api.h"
#include "cihsm/error.h"

CIHSM_BEGIN_DECLS

#define CIHSM_VALUE_DEPTH_MAX 64 /**< levels of arrays and objects in each other */

/** A JSON value; with what is in it, if it is an array or an object. */
typedef struct cihsm_value cihsm_value;

/** What a value is. */
typedef enum cihsm_value_type {
    CIHSM_VALUE_NULL = 0, /**< null, and what is not there */
    CIHSM_VALUE_BOOL,     /**< true or false */
    CIHSM_VALUE_NUMBER,   /**< a number that a double holds */
    CIHSM_VALUE_STRING,   /**< UTF-8 without NUL */
    CIHSM_VALUE_ARRAY,    /**< values in an order */
    CIHSM_VALUE_OBJECT    /**< members, each with a name of its own */
} cihsm_value_type;

/**
 * Reads one JSON document.
 *
 * @param text  @p len bytes of UTF-8, a byte order mark is allowed; no terminating NUL needed
 * @param out   yours; free it with cihsm_value_free
 *
 * @retval CIHSM_E_PROTOCOL  not JSON as described above; the message says where
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_parse(const char *text, size_t len,
                                                         cihsm_value **out, cihsm_error *err);

/** Frees a value that you own (a root), sets *value to NULL. NULL is fine. */
CIHSM_API void cihsm_value_free(cihsm_value **value);

/** cihsm_value_free for a value that holds a password: its texts are wiped first. */
CIHSM_API void cihsm_value_free_wiped(cihsm_value **value);

/** @return the type; CIHSM_VALUE_NULL for NULL. */
CIHSM_API cihsm_value_type cihsm_value_kind(const cihsm_value *value);

/** @return the text of a string, borrowed; NULL if it is no string. */
CIHSM_API const char *cihsm_value_string(const cihsm_value *value);

/** @return true and the number if it is one. */
CIHSM_API bool cihsm_value_number(const cihsm_value *value, double *out);

/** @return true for the boolean true only. */
CIHSM_API bool cihsm_value_is_true(const cihsm_value *value);

/** @return the member of that exact name, borrowed; NULL if absent or no object. */
CIHSM_API const cihsm_value *cihsm_value_get(const cihsm_value *object, const char *name);

/** @return the text of the string member of that name, borrowed; NULL if absent or no string. */
CIHSM_API const char *cihsm_value_get_string(const cihsm_value *object, const char *name);

/** @return the value that a dotted name leads to (IntegrationArtifact.Id), borrowed; NULL if none.
 */
CIHSM_API const cihsm_value *cihsm_value_at(const cihsm_value *object, const char *path);

/** @return number of items of an array or members of an object; 0 otherwise. */
CIHSM_API size_t cihsm_value_count(const cihsm_value *value);

/** @return the first item or member, borrowed; go on with cihsm_value_next. */
CIHSM_API const cihsm_value *cihsm_value_first(const cihsm_value *value);

/** @return the next sibling, borrowed; NULL at the end. */
CIHSM_API const cihsm_value *cihsm_value_next(const cihsm_value *item);

/** @return the name of an object's member, borrowed; NULL for array items and roots. */
CIHSM_API const char *cihsm_value_name(const cihsm_value *member);

/** @return a copy as a new root; NULL for NULL or when out of memory. */
CIHSM_API CIHSM_NODISCARD cihsm_value *cihsm_value_copy(const cihsm_value *value);

/** @return a new root, an object without members; NULL when out of memory. */
CIHSM_API CIHSM_NODISCARD cihsm_value *cihsm_value_new_object(void);
/** @return a new root, an array without items; NULL when out of memory. */
CIHSM_API CIHSM_NODISCARD cihsm_value *cihsm_value_new_array(void);

/**
 * Sets a member, replacing one of that name; @p text NULL sets null.
 *
 * @param object  yours, changed
 * @param name    of the member
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_set_string(cihsm_value *object, const char *name,
                                                              const char *text, cihsm_error *err);
/**
 * Sets a member to a number, replacing one of that name.
 *
 * @param object  yours, changed
 * @param name    of the member
 * @param number  finite; whole ones beyond 2^53 lose digits
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_set_number(cihsm_value *object, const char *name,
                                                              double number, cihsm_error *err);
/**
 * Sets a member to true or false, replacing one of that name.
 *
 * @param object  yours, changed
 * @param name    of the member
 * @param truth   its value
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_set_bool(cihsm_value *object, const char *name,
                                                            bool truth, cihsm_error *err);

/**
 * Sets a member to the base64 of @p len bytes, as OData V2 writes Edm.Binary in JSON.
 *
 * @param object  yours, changed
 * @param name    of the member
 * @param bytes   @p len of them
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_set_bytes(cihsm_value *object, const char *name,
                                                             const void *bytes, size_t len,
                                                             cihsm_error *err);

/**
 * Takes *item into the object under that name, replacing one; sets it to NULL.
 *
 * @param object  yours, changed
 * @param name    of the member
 * @param item    a root; stays yours on failure
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_set(cihsm_value *object, const char *name,
                                                       cihsm_value **item, cihsm_error *err);
/**
 * Takes *item to the end of the array; sets it to NULL.
 *
 * @param array  yours, changed
 * @param item   a root; stays yours on failure
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_append(cihsm_value *array, cihsm_value **item,
                                                          cihsm_error *err);

/**
 * Adds a string to the end of the array.
 *
 * @param array  yours, changed
 * @param text   copied
 * @retval CIHSM_E_NO_MEMORY  out of memory, the only failure
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_append_string(cihsm_value *array,
                                                                 const char *text,
                                                                 cihsm_error *err);

/**
 * Receives pieces of output in order.
 *
 * @return CIHSM_OK, or a status that ends the writing and is passed on (fill @p err)
 */
typedef cihsm_status (*cihsm_write_fn)(void *user, const char *bytes, size_t len, cihsm_error *err);

/**
 * Writes JSON: on one line when @p indent is 0, else indented by that many blanks a level.
 * No line feed at the end.
 *
 * @param value  NULL is written as null
 * @param write  gets the text in pieces
 * @retval else  as @p write answered
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_write(const cihsm_value *value, unsigned indent,
                                                         cihsm_write_fn write, void *user,
                                                         cihsm_error *err);

/**
 * Writes the bytes that a string is the base64 of.
 *
 * @param value  a string
 * @param write  gets the bytes in pieces
 * @retval CIHSM_E_PROTOCOL  it is no string, or no base64
 * @retval else              as @p write answered
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_write_bytes(const cihsm_value *value,
                                                               cihsm_write_fn write, void *user,
                                                               cihsm_error *err);

/**
 * Writes JSON, indented by 2 and with a line feed at the end, to a file: complete or not at all.
 *
 * @param value  stays as it is
 * @param path   of the file; its folder must be there
 * @param mode   permission bits, for example 0600
 * @retval CIHSM_E_IO     cannot be written; nothing is left behind
 * @retval CIHSM_E_LIMIT  more than 16 MiB of text
 */
CIHSM_API CIHSM_NODISCARD cihsm_status cihsm_value_save(const cihsm_value *value, const char *path,
                                                        unsigned mode, cihsm_error *err);

CIHSM_END_DECLS

#endif
