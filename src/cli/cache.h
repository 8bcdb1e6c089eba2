/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cache - the folder for what can be had again: $XDG_CACHE_HOME/cihsm, ~/.cache/cihsm.
 */
#ifndef CLI_CACHE_H
#define CLI_CACHE_H

/** @return its path, which need not be there; NULL: there is no place. Borrowed for the rest of the
 *          run. */
const char *cli_cache_folder(void);

#endif
