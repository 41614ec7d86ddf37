/* SPDX-License-Identifier: BSD-2-Clause */
/* Garbage where core looks: the control area, and the arguments of calls to core. */

#include "attack.h"
#include <osier/thread.h>

enum { ROUNDS = 3000, CALLS = 100000, OWN_SLOTS = 64 };

/* ------------------------------------------------------------------ the control area */

static uint16_t bad_page(struct random *random)
{
	/* never one that is in use: it is core that must survive, and we want to tell of it */
	static const uint16_t pages[] = { 0, 0xffff, 4095, 4096, 2000, 0x8000 };

	return pages[random_next(random) % OS_ARRAY_SIZE(pages)];
}

static void spoil(struct os_linux_info *info, struct random *random)
{
	for (size_t i = 0; i < OS_LINUX_CAP_PAGES; i++)
		info->cap_pages[i] = bad_page(random);
	for (size_t i = 0; i < OS_LINUX_RIGHT_PAGES; i++)
		info->right_pages[i] = bad_page(random);
	for (size_t i = 0; i < OS_LINUX_RECORD_PAGES; i++) {
		info->record_pages[i] = bad_page(random);
		info->client_pages[i] = bad_page(random);
	}
	random_fill(random, &info->attach_hint_pages, 24);
	info->main_thread_page = (uint32_t)random_next(random);
	random_fill(random, info->filter, sizeof(info->filter));
	random_fill(random, info->segments, sizeof(info->segments));
}

/* Make core write into its tables: a request to our PD by hand, for base would read them as well.
 */
static long context_make(struct os_msg *msg, uint32_t *slot)
{
	struct {
		uint32_t ep, badge;
	} request = { OS_EP_MAIN, 99 };
	long err;

	*msg = (struct os_msg){ .op = PD_OP_SIGNAL_CONTEXT,
		                .length = sizeof(request),
		                .cap_count = 1 };
	memcpy(msg->payload, &request, sizeof(request));
	err = core_call(OS_LINUX_CALL, OS_CAP_SLOT_PD, 0);
	*slot = msg->caps[0].slot;
	return err ? err : msg->op;
}

static void context_free(struct os_msg *msg, uint32_t slot)
{
	*msg = (struct os_msg){ .op = PD_OP_OBJECT_FREE, .cap_count = 1, .cap_move = 1 };
	msg->caps[0].slot = slot;
	core_call(OS_LINUX_CALL, OS_CAP_SLOT_PD, 0);
}

static enum verdict spoiled_directory(struct os_env *env)
{
	static struct os_linux_info saved;
	struct os_linux_info *info = info_page();
	struct os_msg *msg = thread_self()->block.msg;
	struct random random = { 0xc0ffee };
	struct os_identify_reply identity;
	uint32_t slot, made = 0;

	memcpy(&saved, info, sizeof(saved));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		spoil(info, &random);
		if (!context_make(msg, &slot)) {
			context_free(msg, slot);
			made++;
		}
	}
	memcpy(info, &saved, sizeof(saved));
	return harmless_if(made > 0 && pd_identify(env->pd, &identity) == OS_OK);
}

/* Messages to core's objects that are garbage in every field. */
static enum verdict garbage_messages(struct os_env *env)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;
	struct random random = { 0xfeed };
	struct os_identify_reply identity;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		random_fill(&random, &utcb->msg, sizeof(utcb->msg));
		random_fill(&random, &utcb->map_kind, sizeof(*utcb) - sizeof(utcb->msg));
		core_call(OS_LINUX_CALL, OS_CAP_SLOT_PD, 0);
	}
	return harmless_if(pd_identify(env->pd, &identity) == OS_OK);
}

static uint32_t utcb_flips;
static bool stop;

static void flip(struct os_thread *thread, void *argument)
{
	struct os_linux_utcb *utcb = argument;
	volatile struct os_msg *msg = &utcb->msg;

	(void)thread;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		msg->length = 0;
		msg->cap_count = 0;
		msg->length = 65535;
		msg->cap_count = 255;
		__atomic_fetch_add(&utcb_flips, 1, __ATOMIC_RELAXED);
	}
}

/* Length and number of capabilities change while core looks at them. */
static enum verdict flipped_messages(struct os_env *env)
{
	struct os_identify_reply identity;
	struct os_thread thread;

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	if (os_thread_init(&thread, env, "flipper", 4096, 0, flip, thread_self()->utcb))
		return SUCCEEDED;
	for (uint32_t i = 0; i < CALLS; i++)
		core_call(OS_LINUX_CALL, OS_CAP_SLOT_PD, 0);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	os_thread_fini(&thread);
	return harmless_if(utcb_flips > 0 && pd_identify(env->pd, &identity) == OS_OK);
}

static const struct attack control_attacks[] = {
	{ "spoiled_directory", spoiled_directory },
	{ "garbage_messages", garbage_messages },
	{ "flipped_messages", flipped_messages },
};

const struct group control_group = { .name = "control",
	                             .attacks = control_attacks,
	                             .count = OS_ARRAY_SIZE(control_attacks) };

/* ------------------------------------------------------------------ calls to core */

static uint64_t argument(struct random *random)
{
	uint64_t number = random_next(random);

	switch (number >> 61) {
	case 0:
		return 0;
	case 1:
		return number;
	case 2:
		return number & 0xffff;
	default:
		return number % OWN_SLOTS;
	}
}

/* What would end us is attacked by others; the slots that we need to tell of it are left alone. */
static bool is_spared(uint32_t op, uint64_t slot, uint32_t highest)
{
	switch (op) {
	case OS_LINUX_PANIC:
	case OS_LINUX_FAULT:
	case OS_LINUX_THREAD_EXIT:
	case OS_LINUX_DEBUG:
		return true;
	case OS_LINUX_CAP_DROP:
		return slot < highest;
	case OS_LINUX_CHANNEL_CLOSE:
		return slot < OWN_SLOTS;
	case OS_LINUX_CALL:
		return slot <= OS_CAP_SLOT_PARENT || slot == OS_CAP_SLOT_THREAD;
	default:
		return false;
	}
}

/* Objects to fall upon: all above the slots that are needed. */
static uint32_t objects_make(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct rom_dataspace_cap view;
	struct signal_context_cap context = { { 0 } };
	uint32_t highest = 0;

	for (int i = 0; i < 8; i++) {
		OS_ASSERT(!os_ram_alloc(env, 4096, NULL, &ds));
		highest = highest ? highest : ds.cap.slot;
		OS_ASSERT(!pd_read_only(env->pd, ds, &view));
		OS_ASSERT(!pd_signal_context(env->pd, OS_EP_MAIN, 500, (struct account_cap){ 0 },
		                             &context));
	}
	return highest;
}

static void message_fill(struct random *random, struct os_msg *msg, bool to_pd)
{
	msg->op = (uint16_t)(to_pd ? random_next(random) % 16 : random_next(random));
	msg->length = (uint16_t)(random_next(random) % 5 ? random_next(random) % 64
	                                                 : random_next(random));
	msg->cap_count = (uint8_t)(random_next(random) % 10);
	/* nothing moves away: a slot that is needed might */
	msg->cap_move = 0;
	random_fill(random, msg->payload, 64);
	for (size_t i = 0; i < OS_MSG_CAPS_MAX; i++)
		msg->caps[i].slot = (uint32_t)argument(random);
}

static enum verdict random_calls(struct os_env *env)
{
	const uint32_t highest = objects_make(env);
	struct os_linux_utcb *utcb = thread_self()->utcb;
	const uint32_t own_page = thread_self()->page;
	struct random random = { 0x05134 };
	struct os_identify_reply identity;
	uint32_t made = 0;

	while (made < CALLS) {
		uint32_t op = (uint32_t)(random_next(&random) % (OS_LINUX_DEBUG + 4));
		uint64_t a = argument(&random), b = argument(&random);
		uint64_t page = random_next(&random) % 8 ? own_page : argument(&random);

		if (is_spared(op, (uint32_t)a, highest))
			continue;
		message_fill(&random, &utcb->msg, op == OS_LINUX_CALL);
		syscall6(OS_LINUX_CALL_NR, op, (long)page, (long)a, (long)b,
		         (long)argument(&random), 0);
		made++;
	}
	os_platform->debug("100000 random calls made");
	return harmless_if(pd_identify(env->pd, &identity) == OS_OK && identity.type == PD_TYPE);
}

/* mmap and munmap with numbers that mean nothing, and those of all kinds of core's answers. */
static enum verdict random_mappings(struct os_env *env)
{
	struct os_linux_utcb *utcb = thread_self()->utcb;
	const uint64_t base = info_page()->base + OS_LINUX_ATTACH_OFFSET + ((uint64_t)128 << 30);
	struct random random = { 0x3a9 };
	struct os_identify_reply identity;

	for (uint32_t i = 0; i < CALLS / 10; i++) {
		uint64_t r = random_next(&random), page = OS_PAGE_SIZE;
		uint64_t address = r & 1 ? base + (r >> 32) * page : random_next(&random);
		uint64_t size = r & 2 ? (r >> 8) % 64 * page : random_next(&random);

		utcb->map_kind = (uint32_t)(r >> 16) % 8;
		utcb->map_index = (uint32_t)argument(&random);
		if (!is_mapped(SYSCALL_6(NR_mmap, address, size, r >> 24 & 7,
		                         MAP_SHARED | MAP_FIXED, thread_self()->fd,
		                         random_next(&random) % 16 * page)))
			continue;
		if (address < base)
			return SUCCEEDED;
		if (r & 4)
			SYSCALL_2(NR_munmap, address, size);
	}
	return harmless_if(pd_identify(env->pd, &identity) == OS_OK);
}

static const struct attack core_call_attacks[] = {
	{ "random_mappings", random_mappings },
	{ "random_calls", random_calls },
};

const struct group core_call_group = { .name = "core_call",
	                               .attacks = core_call_attacks,
	                               .count = OS_ARRAY_SIZE(core_call_attacks) };
