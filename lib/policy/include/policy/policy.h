/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server's config grants to a client, found by the label of the client's session. */

#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <xml/xml.h>

/**
 * Find the policy for a client with `label` among the children of `config`:
 *
 *   <policy label="noux -> home" …/>      the label is this one, or below it ("noux -> home -> x")
 *   <policy label_prefix="noux" …/>       the label starts with these bytes ("noux2 -> root", too)
 *   <policy label_suffix="-> home" …/>    the label ends with these bytes
 *   <default-policy …/>                   everyone for whom no <policy> matches
 *
 * All of a policy's label attributes must match. One without any, or with an empty one, matches
 * nobody: an omission grants nothing. Among those that match, the first of these rules decides:
 *
 *   1. the longest match at the label's start (`label` or `label_prefix`, in bytes; absent: 0)
 *   2. the longest `label_suffix`
 *   3. `label` before `label_prefix`
 *   4. the order in the config, of default policies, too: the first
 *
 * On an error *policy is the empty node. Errors: DENIED (nothing matches). Does not block.
 */
enum os_err os_policy_find(struct os_xml config, const char *label,
                           struct os_xml *policy) OS_MUST_CHECK;

#endif
