# Writes the bytes of INPUT as a C array to OUTPUT (integration/catalogue_json.h). Run by cmake -P.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT}
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made from catalogue.json by embed.cmake. */
#include \"integration/catalogue_json.h\"

static const unsigned char BYTES[] = {
${bytes}
};

const unsigned char *const integration_catalogue_json = BYTES;
const size_t integration_catalogue_json_len = sizeof BYTES;
")
