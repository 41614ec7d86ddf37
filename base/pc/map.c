/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping dataspaces into the own address space: core does it. */

#include "image.h"

enum os_err attach(const struct os_attach_args *args, void **at)
{
	const struct os_pc_attach request = {
		.ds_slot = args->ds_slot,
		.writeable = args->writeable,
		.executable = args->executable,
		.fixed = args->fixed,
		.offset = args->offset,
		.size = args->size,
		.address = args->address,
	};
	uint64_t address = 0;
	enum os_err err;

	*at = NULL;
	if ((args->offset | args->size | args->address) & (OS_KERNEL_PAGE - 1))
		return OS_ERR_ALIGN;
	if (args->writeable && args->executable)
		return OS_ERR_DENIED;
	err = core_call(OS_PC_ATTACH, &request, sizeof(request), &address, sizeof(address));
	*at = (void *)address;
	return err;
}

enum os_err detach(void *at, uint64_t size)
{
	const uint64_t request[2] = { (uint64_t)at, os_align_up(size, OS_KERNEL_PAGE) };

	if (request[0] & (OS_KERNEL_PAGE - 1) || !size)
		return OS_ERR_INVALID;
	return core_call(OS_PC_DETACH, request, sizeof(request), NULL, 0);
}
