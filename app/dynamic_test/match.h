/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a state is as a step expects it. Pure. */

#ifndef DYNAMIC_TEST_MATCH_H
#define DYNAMIC_TEST_MATCH_H

#include <xml/xml.h>

/**
 * True if `element` has all attributes of `wanted`, with the same values, and for each element in
 * `wanted` one that matches it; where that is called "no-x", none of type "x" that does.
 */
bool match(struct os_xml wanted, struct os_xml element);

#endif
