/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of its own for each test, and files in it.
 */
#ifndef TEST_SNAPSHOT_SCRATCH_H
#define TEST_SNAPSHOT_SCRATCH_H

enum { PATH_SIZE = 512 };

/** Setup and teardown; *state is the path. */
int scratch_make(void **state);
int scratch_remove(void **state);

/** Makes a path below the folder. */
const char *scratch_path(char out[PATH_SIZE], const char *folder, const char *name);

/** Writes a text to a file; the folders above it are made. */
void scratch_write(const char *folder, const char *name, const char *text);

/** Compares a file with a text. */
void scratch_expect(const char *folder, const char *name, const char *text);

#endif
