# Writes the bytes of INPUT as the C array integration_<NAME>_json, declared in
# integration/<NAME>_json.h, to OUTPUT. Run by cmake -P.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT}
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made from ${NAME}.json by embed.cmake. */
#include \"integration/${NAME}_json.h\"

static const unsigned char BYTES[] = {
${bytes}
};

const unsigned char *const integration_${NAME}_json = BYTES;
const size_t integration_${NAME}_json_len = sizeof BYTES;
")
