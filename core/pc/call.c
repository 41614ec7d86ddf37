/* SPDX-License-Identifier: BSD-2-Clause */
/* What platform images ask of core: abi/pc.h. */

#include "pc.h"
#include "ports.h"
#include <osier/string.h>

enum {
	DEBUG_LINES_MAX = 100, /* of a PD: for what goes wrong before LOG works */
	TEXT_MAX = 256,
};

/* Arguments are copied out of the message; what is missing is zero. */
static void arguments(const struct os_msg *msg, void *out, size_t size)
{
	memset(out, 0, size);
	memcpy(out, msg->payload, OS_MIN(size, msg->length));
}

static uint32_t argument(const struct os_msg *msg)
{
	uint32_t value;

	arguments(msg, &value, sizeof(value));
	return value;
}

/* Of the reply to the call that is being served. */
static uint16_t answer_length;

static void answer(struct os_msg *msg, const void *data, size_t size)
{
	memcpy(msg->payload, data, size);
	answer_length = (uint16_t)size;
}

static void text_of(const struct os_msg *msg, char text[TEXT_MAX])
{
	arguments(msg, text, TEXT_MAX - 1);
	text[TEXT_MAX - 1] = 0;
}

/* ------------------------------------------------------------------ memory */

static enum os_err attach(struct pd *pd, struct os_msg *msg)
{
	struct os_pc_attach args;
	struct object *object;
	uint64_t address;
	enum os_err err;

	arguments(msg, &args, sizeof(args));
	object = cap_lookup_kind(pd, args.ds_slot, OBJECT_DATASPACE);
	if (!object)
		return cap_lookup_error(pd, args.ds_slot);
	if ((err = space_attach(pd, container_of(object, struct dataspace, object), &args,
	                        &address)))
		return err;
	answer(msg, &address, sizeof(address));
	return OS_OK;
}

static enum os_err detach(struct pd *pd, const struct os_msg *msg)
{
	struct attachment *attachment;
	struct {
		uint64_t address, size;
	} args;

	arguments(msg, &args, sizeof(args));
	attachment = region_map_find(pd->address_space, args.address);
	if (!attachment || attachment->address != args.address || attachment->size != args.size)
		return OS_ERR_NOT_FOUND;
	attachment_destroy(attachment);
	return OS_OK;
}

static enum os_err memory(struct pd *pd, struct os_msg *msg)
{
	uint64_t address;
	enum os_err err = memory_page(pd, &address);

	if (!err)
		answer(msg, &address, sizeof(address));
	return err;
}

static enum os_err trace(struct thread *thread, struct os_msg *msg)
{
	struct {
		uint64_t window;
		struct os_trace_place place;
	} made;
	enum os_err err = trace_window(thread, &made.window, &made.place);

	if (!err)
		answer(msg, &made, sizeof(made));
	return err;
}

/* ------------------------------------------------------------------ entrypoints, threads */

static enum os_err ep_create(struct pd *pd, struct os_msg *msg)
{
	struct entrypoint *ep;
	uint32_t number = 1;
	enum os_err err;

	while (number < EPS_MAX && pd_ep(pd, number))
		number++;
	if (number == EPS_MAX)
		return OS_ERR_LIMIT;
	if ((err = entrypoint_create(pd, number, &ep)))
		return err;
	answer(msg, &(uint32_t[2]){ number, ep->platform.own_slot }, 2 * sizeof(uint32_t));
	return OS_OK;
}

static enum os_err ep_destroy(struct pd *pd, uint32_t number)
{
	struct entrypoint *ep = number == OS_EP_MAIN ? NULL : pd_ep(pd, number);

	if (!ep)
		return OS_ERR_NOT_FOUND;
	entrypoint_destroy(ep);
	return OS_OK;
}

static struct thread *thread_in(struct pd *pd, uint32_t slot)
{
	struct object *object = cap_lookup_kind(pd, slot, OBJECT_THREAD);
	struct thread *thread = object ? container_of(object, struct thread, object) : NULL;

	return thread && thread->pd == pd ? thread : NULL;
}

static enum os_err thread_prepare(struct pd *pd, struct os_msg *msg)
{
	struct thread *thread = thread_in(pd, argument(msg));
	struct os_pc_thread made = { 0 };

	if (!thread)
		return OS_ERR_CAP_INVALID;
	if (thread->started)
		return OS_ERR_INVALID;
	thread->started = true;
	thread->platform.prepared = true;
	made.page = thread_address(pd, thread->platform.index);
	made.slot = thread->platform.own_slot;
	answer(msg, &made, sizeof(made));
	return OS_OK;
}

static enum os_err thread_begin(struct pd *pd, const struct os_msg *msg)
{
	struct {
		uint32_t slot, reserved;
		uint64_t ip, sp, argument;
	} args;
	struct thread *thread;
	enum os_err err;

	arguments(msg, &args, sizeof(args));
	thread = thread_in(pd, args.slot);
	if (!thread || !thread->platform.prepared)
		return OS_ERR_INVALID;
	trace_thread_begins(thread);
	err = os_kernel_thread_start(thread->platform.slot, args.ip, args.sp, args.argument);
	thread->platform.prepared = err != OS_OK;
	return err;
}

/* ------------------------------------------------------------------ reports */

static void panic(struct pd *pd, const struct os_msg *msg)
{
	char text[TEXT_MAX];

	text_of(msg, text);
	core_log_lines(pd->label, text);
	pd_ended(pd, PD_STATE_CRASHED, text);
}

static enum os_err debug(struct pd *pd, const struct os_msg *msg)
{
	char text[TEXT_MAX];

	text_of(msg, text);
	/* not a way around the throttle of LOG */
	if (pd->platform.debug_lines++ < DEBUG_LINES_MAX)
		core_log_lines(pd->label, text);
	return OS_OK;
}

/* All is loaded: tell what a debugger needs, and have the machine pause that it is attached to. */
static enum os_err halt(const struct pd *pd)
{
	enum { PANIC_DEVICE = 0x505, PAUSE = 1 }; /* QEMU's pvpanic, if there is one */
	const char *binary = pd->binary_name[0] ? pd->binary_name : os_label_last(pd->label);

	if (!halt_label || !os_str_equal(halt_label, pd->label))
		return OS_ERR_DENIED;
	core_log("halted %s pid 0 binary %s base 0x%lx", pd->label, binary,
	         (unsigned long)pd->platform.load_base);
	ports_own(PANIC_DEVICE, 1);
	port_out_8(PANIC_DEVICE, PAUSE);
	return OS_OK;
}

/* ------------------------------------------------------------------ dispatch */

static enum os_err serve(struct thread *thread, struct os_msg *msg)
{
	struct pd *pd = thread->pd;

	switch ((enum os_pc_call)msg->op) {
	case OS_PC_ATTACH:
		return attach(pd, msg);
	case OS_PC_DETACH:
		return detach(pd, msg);
	case OS_PC_EP_CREATE:
		return ep_create(pd, msg);
	case OS_PC_EP_DESTROY:
		return ep_destroy(pd, argument(msg));
	case OS_PC_THREAD_PREPARE:
		return thread_prepare(pd, msg);
	case OS_PC_THREAD_START:
		return thread_begin(pd, msg);
	case OS_PC_SLOTS:
		return slots_grow(pd);
	case OS_PC_HALT:
		return halt(pd);
	case OS_PC_DEBUG:
		return debug(pd, msg);
	case OS_PC_MEMORY:
		return memory(pd, msg);
	case OS_PC_CANCEL:
		platform_thread_cancel(core.current);
		return OS_OK;
	case OS_PC_TRACE:
		return trace(thread, msg);
	default:
		return OS_ERR_OPERATION;
	}
}

bool platform_call(struct thread *thread, struct os_msg *msg)
{
	struct pd *pd = thread->pd;

	core.current = thread;
	if (msg->op == OS_PC_PANIC) {
		panic(pd, msg);
		return false;
	}
	if (msg->op == OS_PC_THREAD_EXIT) {
		/* it learns that nobody answers, when it is let go on: never */
		OS_ASSERT(os_kernel_thread_pause(thread->platform.slot) == OS_OK);
		return false;
	}
	answer_length = 0;
	msg->op = (uint16_t)serve(thread, msg);
	msg->length = msg->op ? 0 : answer_length;
	msg->cap_count = msg->cap_move = 0;
	if (!core.current)
		return false;
	core.current = NULL;
	return true;
}
