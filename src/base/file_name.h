/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/file_name - a name for one file in a folder, made of text that somebody else chose.
 */
#ifndef BASE_FILE_NAME_H
#define BASE_FILE_NAME_H

#include <stdbool.h>

#define FILE_NAME_SIZE 201 /* room for what cihsm_file_begin puts behind it, too */

/**
 * Takes what stands behind the last slash or backslash. A name that is too long is cut before its
 * extension; one that begins with "." or "-" gets a "_" in front, so that it is neither hidden nor
 * an option of some program.
 *
 * @return false, and nothing at @p out, if that is no name for a file: nothing, "." or "..", no
 *         UTF-8, or with control characters or characters that turn the direction of the text
 */
bool file_name_make(const char *text, char out[FILE_NAME_SIZE]);

#endif
