/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/names.h"

/* The next word of a line, ended in place; NULL at its end. */
static char *next_word(char **rest, const char *dividers)
{
    char *word = *rest + strspn(*rest, dividers);
    const size_t len = strcspn(word, dividers);
    *rest = word + len;
    if (len == 0) {
        return NULL;
    }
    if (**rest != '\0') {
        *(*rest)++ = '\0';
    }
    return word;
}

static bool parse_number(const char *text, unsigned long *out)
{
    char *end = NULL;
    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    *out = strtoul(text, &end, 10);
    return *end == '\0';
}

/* "+USER_PIN_LOCKED,-LOGIN_REQUIRED" */
static bool parse_flags(char *text, shim_rule *rule)
{
    char *rest = text;
    char *word = next_word(&rest, ",");
    bool good = word != NULL;
    for (; word != NULL && good; word = next_word(&rest, ",")) {
        CK_FLAGS flag = 0;
        good = (*word == '+' || *word == '-') && shim_flag_of(word + 1, &flag);
        if (*word == '+') {
            rule->set |= flag;
        } else {
            rule->clear |= flag;
        }
    }
    return good && rule->function == SHIM_C_GetTokenInfo;
}

/* Actions with a number, and the function they are for. */
static const struct {
    const char *word;
    shim_action action;
    shim_function function; /* SHIM_FUNCTION_COUNT: any */
} NUMBERS[] = {
    {"delay", SHIM_DELAY, SHIM_FUNCTION_COUNT}, {"lock-after", SHIM_LOCK_AFTER, SHIM_C_Login},
    {"limit", SHIM_LIMIT, SHIM_C_OpenSession},  {"short", SHIM_SHORT, SHIM_C_FindObjects},
    {"short", SHIM_SHORT, SHIM_C_Sign},         {"needs", SHIM_NEEDS, SHIM_C_GetSlotList},
};

static bool parse_with_number(const char *word, const char *number, shim_rule *rule)
{
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        if (strcmp(word, NUMBERS[i].word) == 0 &&
            (NUMBERS[i].function == SHIM_FUNCTION_COUNT || NUMBERS[i].function == rule->function)) {
            rule->action = NUMBERS[i].action;
            return parse_number(number, &rule->value);
        }
    }
    return false;
}

static bool parse_with_argument(const char *word, char *argument, shim_rule *rule)
{
    if (strcmp(word, "flags") == 0) {
        rule->action = SHIM_FLAGS;
        return parse_flags(argument, rule);
    }
    if (strcmp(word, "after") == 0) {
        rule->action = SHIM_AFTER;
        return shim_code_of(argument, &rule->value);
    }
    if (strcmp(word, "pin") == 0) {
        rule->action = SHIM_PIN;
        const int len = snprintf(rule->pin, sizeof rule->pin, "%s", argument);
        return len < SHIM_PIN_MAX && rule->function == SHIM_C_Login;
    }
    return parse_with_number(word, argument, rule);
}

/* What stands right of the arrow. */
static bool parse_action(char *text, shim_rule *rule)
{
    char *rest = text;
    const char *word = next_word(&rest, " \t");
    char *argument = next_word(&rest, " \t");
    if (word == NULL || next_word(&rest, " \t") != NULL) {
        return false;
    }
    if (argument == NULL && strcmp(word, "raw-points") == 0) {
        rule->action = SHIM_RAW_POINTS;
        return rule->function == SHIM_C_GetAttributeValue;
    }
    if (argument == NULL && strcmp(word, "junk") == 0) {
        rule->action = SHIM_JUNK;
        return true;
    }
    if (argument == NULL) {
        rule->action = SHIM_RETURN;
        return shim_code_of(word, &rule->value);
    }
    return parse_with_argument(word, argument, rule);
}

static bool parse_mechanism(const char *name, shim_rule *rule)
{
    rule->has_mechanism = true;
    return rule->function == SHIM_C_SignInit && shim_mechanism_of(name, &rule->mechanism);
}

static bool parse_attribute(const char *name, shim_rule *rule)
{
    rule->has_attribute = true;
    return (rule->function == SHIM_C_GenerateKeyPair ||
            rule->function == SHIM_C_GetAttributeValue) &&
           shim_attribute_of(name, &rule->attribute);
}

/* What stands left of the arrow. */
static bool parse_call(char *text, shim_rule *rule)
{
    char *rest = text;
    const char *word = next_word(&rest, " \t");
    rule->each_function = word != NULL && strcmp(word, "*") == 0;
    rule->function = word == NULL ? SHIM_FUNCTION_COUNT : shim_function_of(word);
    if (rule->function == SHIM_FUNCTION_COUNT && !rule->each_function) {
        return false;
    }
    word = next_word(&rest, " \t");
    if (word != NULL && (*word == '#' || *word == '*')) {
        if (*word == '#' && (!parse_number(word + 1, &rule->nth) || rule->nth == 0)) {
            return false;
        }
        word = next_word(&rest, " \t");
    }
    if (word == NULL) {
        return true;
    }
    if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0) {
        rule->mode = strcmp(word, "ro") == 0 ? SHIM_READ_ONLY : SHIM_READ_WRITE;
        return rule->function == SHIM_C_OpenSession && next_word(&rest, " \t") == NULL;
    }
    const char *name = next_word(&rest, " \t");
    if (name == NULL || next_word(&rest, " \t") != NULL) {
        return false;
    }
    return strcmp(word, "mechanism") == 0
               ? parse_mechanism(name, rule)
               : strcmp(word, "attribute") == 0 && parse_attribute(name, rule);
}

static bool parse_line(char *line, shim_rules *out)
{
    char *arrow = strstr(line, "->");
    if (arrow == NULL || out->count == SHIM_RULES_MAX) {
        return false;
    }
    *arrow = '\0';
    shim_rule rule = {.nth = 0};
    if (!parse_call(line, &rule) || !parse_action(arrow + 2, &rule)) {
        return false;
    }
    out->list[out->count++] = rule;
    return true;
}

static bool parse_file(FILE *file, const char *path, shim_rules *out)
{
    char line[512];
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "\r\n")] = '\0';
        const char *start = line + strspn(line, " \t");
        if (*start != '\0' && *start != '#' && !parse_line(line, out)) {
            fprintf(stderr, "shim: %s line %u is no rule\n", path, number);
            return false;
        }
    }
    return ferror(file) == 0;
}

bool shim_rules_read(const char *path, shim_rules *out)
{
    out->count = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "shim: cannot open the rules %s\n", path);
        return false;
    }
    const bool good = parse_file(file, path, out);
    fclose(file);
    return good;
}

static bool has_attribute(const shim_call *call, CK_ATTRIBUTE_TYPE type)
{
    for (size_t t = 0; t < 2; t++) {
        for (CK_ULONG i = 0; i < call->attribute_counts[t]; i++) {
            if (call->attributes[t][i].type == type) {
                return true;
            }
        }
    }
    return false;
}

bool shim_rule_applies(const shim_rule *rule, const shim_call *call)
{
    if ((rule->function != call->function && !rule->each_function) ||
        (rule->nth != 0 && rule->nth != call->nth) ||
        (rule->mode != SHIM_ANY_MODE && rule->mode != call->mode)) {
        return false;
    }
    if (rule->has_attribute && !has_attribute(call, rule->attribute)) {
        return false;
    }
    return !rule->has_mechanism ||
           (call->mechanism != NULL && call->mechanism->mechanism == rule->mechanism);
}
