# Writes the bytes of INPUT to OUTPUT as the C array SYMBOL with its length SYMBOL_len, which HEADER
# declares. Run by cmake -P.
file(READ ${INPUT} hex HEX)
get_filename_component(name ${INPUT} NAME)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT}
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made from ${name} by embed.cmake. */
#include \"${HEADER}\"

static const unsigned char BYTES[] = {
${bytes}
};

const unsigned char *const ${SYMBOL} = BYTES;
const size_t ${SYMBOL}_len = sizeof BYTES;
")
