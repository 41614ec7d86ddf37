/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling side: requests and signals through the kernel, and calls to core. */

#include "image.h"
#include <osier/string.h>

enum os_err call(uint32_t slot, struct os_msg *msg)
{
	uint64_t answer, flags;
	enum os_err err = os_kernel_call(slot, header_get(msg), &answer, &flags);

	if (__builtin_expect(err != OS_OK, 0)) {
		msg->cap_move = 0; /* consumed, in every case */
		return err;
	}
	header_set(msg, answer);
	if (__builtin_expect(flags & OS_KERNEL_SLOTS_LOW, 0))
		slots_grow();
	return OS_OK;
}

enum os_err signal_submit(uint32_t slot, uint32_t count)
{
	return count ? os_kernel_signal(slot, count) : OS_ERR_INVALID;
}

/* ------------------------------------------------------------------ core */

enum { CORE_BYTES_MAX = 64 }; /* of arguments and answers, but for texts */

_Static_assert(sizeof(struct os_pc_attach) <= CORE_BYTES_MAX, "arguments are saved around calls");

enum os_err core_call(enum os_pc_call op, const void *args, size_t args_size, void *answer,
                      size_t answer_size)
{
	struct os_msg *msg = thread_self()->block.msg;
	uint64_t header = 0, flags = 0;
	uint8_t kept[CORE_BYTES_MAX];
	enum os_err err;

	memcpy(kept, msg->payload, sizeof(kept));
	if (args_size)
		memcpy(msg->payload, args, args_size);
	err = os_kernel_call(OS_PC_SLOT_CORE, os_kernel_header(op, (uint32_t)args_size, 0, 0),
	                     &header, &flags);
	if (!err)
		err = (enum os_err)(header & UINT16_MAX);
	if (!err && header >> 16 != answer_size)
		err = OS_ERR_PROTOCOL;
	if (!err && answer_size)
		memcpy(answer, msg->payload, answer_size);
	memcpy(msg->payload, kept, sizeof(kept));
	if (flags & OS_KERNEL_SLOTS_LOW && op != OS_PC_SLOTS)
		slots_grow();
	return err;
}

void slots_grow(void)
{
	/* without quota it does not grow: messages with capabilities will be refused then */
	(void)!core_call(OS_PC_SLOTS, NULL, 0, NULL, 0);
}
