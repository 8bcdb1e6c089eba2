/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/utf8.h"

utf8_scope utf8_enter(void)
{
    utf8_scope scope = {.ours = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0)};
    if (scope.ours != (locale_t)0) {
        scope.before = uselocale(scope.ours);
    }
    return scope;
}

void utf8_leave(utf8_scope *scope)
{
    if (scope->ours != (locale_t)0) {
        uselocale(scope->before);
        freelocale(scope->ours);
        scope->ours = (locale_t)0;
    }
}
