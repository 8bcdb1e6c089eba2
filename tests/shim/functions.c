/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/functions.h"

#include <string.h>

#define NAME(name, parameters, arguments) [SHIM_##name] = #name,
static const char *const NAMES[] = {SHIM_ALL(NAME)};

const char *shim_function_name(shim_function function)
{
    return NAMES[function];
}

shim_function shim_function_of(const char *name)
{
    int i = 0;
    while (i < SHIM_FUNCTION_COUNT && strcmp(NAMES[i], name) != 0) {
        i++;
    }
    return (shim_function)i;
}
