/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities that were not given: guessed, forged, of the wrong type, or too many. */

#include "attack.h"
#include <api/cpu.h>
#include <api/hello.h>
#include <osier/session.h>

enum { SLOTS = 100000 };

static uint32_t kind_of(uint32_t slot)
{
	const struct os_linux_info *const page_0 = info_page();
	uint32_t chunk = slot / OS_LINUX_CAPS_PER_PAGE;
	const struct os_linux_cap *caps;

	if (chunk >= OS_LINUX_CAP_PAGES || !page_0->cap_pages[chunk])
		return OS_LINUX_CAP_NONE;
	caps = (const struct os_linux_cap *)(const void *)((const char *)page_0 +
	                                                   page_0->cap_pages[chunk] * OS_PAGE_SIZE);
	return caps[slot % OS_LINUX_CAPS_PER_PAGE].kind;
}

static uint32_t guess(uint32_t index)
{
	static const uint32_t far[] = { 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 1 << 20 };

	return index < SLOTS ? index : far[index - SLOTS];
}

static enum verdict guess_slots(struct os_env *env)
{
	struct os_msg *msg = thread_self()->block.msg;

	(void)env;
	for (uint32_t i = 0; i < SLOTS + 5; i++) {
		*msg = (struct os_msg){ .op = OS_MSG_OP_IDENTIFY };
		if (kind_of(guess(i)) == OS_LINUX_CAP_NONE &&
		    core_call(OS_LINUX_CALL, guess(i), 0) == OS_OK)
			return SUCCEEDED;
	}
	return REFUSED;
}

/* As an argument of a call that would take any. */
static enum verdict guess_arguments(struct os_env *env)
{
	for (uint32_t i = 4; i < SLOTS + 5; i++) {
		const struct account_cap account = { { guess(i) } };
		struct ram_dataspace_cap ds;

		if (kind_of(guess(i)) == OS_LINUX_CAP_NONE &&
		    pd_alloc(env->pd, 4096, account, &ds) == OS_OK)
			return SUCCEEDED;
	}
	return REFUSED;
}

static enum verdict guess_signals(struct os_env *env)
{
	(void)env;
	for (uint32_t i = 0; i < SLOTS + 5; i++)
		if (kind_of(guess(i)) == OS_LINUX_CAP_NONE &&
		    core_call(OS_LINUX_SIGNAL, guess(i), 1) == OS_OK)
			return SUCCEEDED;
	return REFUSED;
}

static enum verdict guess_drops(struct os_env *env)
{
	struct os_identify_reply identity;

	for (uint32_t i = 0; i < SLOTS + 5; i++)
		if (kind_of(guess(i)) == OS_LINUX_CAP_NONE)
			core_call(OS_LINUX_CAP_DROP, guess(i), 0);
	return harmless_if(pd_identify(env->pd, &identity) == OS_OK && identity.type == PD_TYPE);
}

/* Each call with a capability of another type than it takes. */
static enum verdict wrong_types(struct os_env *env)
{
	struct account_cap account;
	struct region_map_cap map, spare;
	struct ram_dataspace_cap ds, other;
	struct thread_cap thread;
	uint64_t number;
	bool writeable, hole = false;

	if (pd_account(env->pd, &account) || pd_address_space(env->pd, &map) ||
	    os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	hole |= !pd_alloc(env->pd, 4096, (struct account_cap){ map.cap }, &other);
	hole |= !pd_read_only(env->pd, (struct ram_dataspace_cap){ account.cap },
	                      &(struct rom_dataspace_cap){ { 0 } });
	hole |= !pd_address_space(env->pd, &spare) && !pd_object_free(env->pd, spare.cap);
	hole |= !pd_load(env->pd, (struct dataspace_cap){ account.cap }, env->parent.cap);
	hole |= !account_transfer(account, (struct account_cap){ ds.cap }, 0, 0);
	hole |= !account_close(account, (struct account_cap){ map.cap });
	hole |= !region_map_attach(map, (struct dataspace_cap){ env->pd.cap }, 0, 0, false, 0,
	                           false, false, &number);
	hole |= !dataspace_info((struct dataspace_cap){ account.cap }, &number, &writeable);
	hole |= !cpu_thread((struct cpu_cap){ env->pd.cap }, env->pd, "x", 0, &thread);
	hole |= !parent_session_sigh(env->parent, (struct signal_context_cap){ ds.cap });
	hole |= !os_signal_submit((struct signal_context_cap){ ds.cap }, 1);
	hole |= core_call(OS_LINUX_THREAD_PREPARE, ds.cap.slot, 0) >= OS_LINUX_ANSWER;
	hole |= !core_call(OS_LINUX_DATASPACE_FD, account.cap.slot, 0);
	os_ram_free(env, &ds);
	os_cap_drop(account.cap);
	os_cap_drop(map.cap);
	return refused_if(!hole);
}

/* Quota that is somebody else's, or more than there is. */
static enum verdict foreign_account(struct os_env *env)
{
	uint64_t limit, used, caps_limit, caps_used, after;
	struct account_cap own, child, none;
	bool hole = false;

	if (pd_account(env->pd, &own) ||
	    account_info(own, &limit, &used, &caps_limit, &caps_used) ||
	    account_create(own, 4096, 2, &child))
		return SUCCEEDED;
	hole |= !account_create(own, UINT64_MAX, 1, &none);
	hole |= !account_create(own, 1, UINT64_MAX, &none);
	hole |= !account_create(own, limit - used + 1, 0, &none);
	hole |= !account_transfer(own, own, 4096, 0);
	hole |= !account_transfer(child, own, 8192, 0);
	hole |= !account_transfer(own, child, UINT64_MAX, 0);
	hole |= !account_close(own, own);
	hole |= !account_close(child, own);
	if (account_close(own, child) || account_info(own, &after, &used, &caps_limit, &caps_used))
		return SUCCEEDED;
	os_cap_drop(child.cap);
	os_cap_drop(own.cap);
	return refused_if(!hole && after == limit);
}

/* Use what has been given up, and what has been destroyed. */
static enum verdict stale_slots(struct os_env *env)
{
	struct signal_context_cap context;
	struct ram_dataspace_cap ds, copy;
	struct os_view view;
	bool hole = false;

	if (pd_signal_context(env->pd, OS_EP_MAIN, 77, (struct account_cap){ 0 }, &context) ||
	    os_ram_alloc(env, 4096, NULL, &ds))
		return SUCCEEDED;
	copy = ds;
	os_ram_free(env, &ds);
	hole |= !os_view_init(&view, ram_dataspace_as_dataspace(copy), 0, 4096, OS_ATTACH_WRITE);
	hole |= !core_call(OS_LINUX_DATASPACE_FD, copy.cap.slot, 1);
	hole |= !pd_object_free(env->pd, context.cap) && !os_signal_submit(context, 1);
	os_cap_drop(context.cap);
	hole |= !os_signal_submit(context, 1);
	for (int i = 0; i < 1000; i++)
		os_cap_drop(context.cap);
	return refused_if(!hole);
}

static const struct attack capability_attacks[] = {
	{ "guess_slots", guess_slots },     { "guess_arguments", guess_arguments },
	{ "guess_signals", guess_signals }, { "guess_drops", guess_drops },
	{ "wrong_types", wrong_types },     { "foreign_account", foreign_account },
	{ "stale_slots", stale_slots },
};

const struct group capability_group = { .name = "capability",
	                                .attacks = capability_attacks,
	                                .count = OS_ARRAY_SIZE(capability_attacks) };
