/* SPDX-License-Identifier: BSD-2-Clause */
/* How the donation for a session is raised, where it was found too small. */

#include <osier/session.h>

enum {
	HOPS_RAM = 8 * 1024, /* what some inits on the way to a server draw from it */
	HOPS_CAPS = 12,
	RAISES_MAX = 2, /* of either */
};

static bool raise(uint64_t *donation, uint64_t fare, uint8_t *raises)
{
	const uint64_t more = *raises ? *donation : OS_MIN(*donation, fare);
	uint64_t sum;

	if (*raises == RAISES_MAX || __builtin_add_overflow(*donation, more, &sum))
		return false;
	*donation = sum;
	++*raises;
	return true;
}

bool os_donation_raise(uint64_t *ram, uint64_t *caps, struct os_raises *raises, enum os_err err)
{
	switch (err) {
	case OS_ERR_OUT_OF_RAM:
		return raise(ram, HOPS_RAM, &raises->ram);
	case OS_ERR_OUT_OF_CAPS:
		return raise(caps, HOPS_CAPS, &raises->caps);
	default:
		return false;
	}
}
