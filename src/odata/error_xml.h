/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata/error_xml - the message of an OData error in XML.
 */
#ifndef ODATA_ERROR_XML_H
#define ODATA_ERROR_XML_H

#include <stddef.h>

/**
 * Writes the text of <error><message> (any namespace) to @p out: cut, terminated, "" if there is
 * none. Text that stops in the middle gives what was read; a DOCTYPE ends the reading, so no
 * entity is ever expanded.
 */
void odata_error_xml_message(const char *text, size_t len, char *out, size_t size);

#endif
