/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of the tree: the root component with all that there is; and its end. */

#include "core.h"
#include <osier/string.h>

struct core core;

static const char root_label[] = "init";

/* A session of the root component's environment, with an account of its own. */
static enum os_err open_session(enum parent_environment what, uint64_t ram, uint64_t caps,
                                enum os_err (*create)(const struct session_request *,
                                                      struct object **),
                                struct object **out)
{
	const struct cpu_args_wire args = { 0 };
	struct session_request request = { .label = root_label };
	enum os_err err;

	if (what == PARENT_ENVIRONMENT_CPU) {
		request.args = &args;
		request.args_size = sizeof(args);
	}
	if ((err = account_split(core.root_account, ram, caps, &request.account)))
		return err;
	request.account->label = root_label;
	if ((err = create(&request, out)))
		return err;
	parent_set_environment(what, *out);
	return OS_OK;
}

/* The quota that is left, but for the capability that the account itself costs. */
static enum os_err endow(struct pd *pd)
{
	const struct quota *left = &core.root_account->quota;

	if (left->caps_limit == left->caps_used)
		return OS_ERR_OUT_OF_CAPS;
	return pd_set_quota(pd, core.root_account, left->ram_limit - left->ram_used,
	                    left->caps_limit - left->caps_used - 1);
}

static enum os_err boot(uint64_t ram, uint64_t caps)
{
	struct object *pd = NULL, *cpu = NULL, *rom = NULL;
	struct dataspace *binary;
	struct thread *thread;
	enum os_err err;

	parent_init();
	core.ram = ram;
	core.caps = caps;
	if ((err = account_split(NULL, ram, caps, &core.root_account)) ||
	    (err = open_session(PARENT_ENVIRONMENT_PD, PD_RAM, PD_CAPS, pd_session_create, &pd)))
		return err;
	core.root = container_of(pd, struct pd, object);
	if ((err = open_session(PARENT_ENVIRONMENT_CPU, CPU_RAM, CPU_CAPS, cpu_session_create,
	                        &cpu)) ||
	    (err = open_session(PARENT_ENVIRONMENT_BINARY, ROM_RAM, ROM_CAPS, rom_session_create,
	                        &rom)) ||
	    (err = rom_session_content(rom, &binary)) || (err = endow(core.root)) ||
	    (err = pd_prepare(core.root, binary, parent_object(), &core.root->object)) ||
	    (err = thread_create(container_of(cpu, struct cpu_session, object), core.root,
	                         root_label, 0, &thread)))
		return err;
	return thread_run(thread);
}

enum os_err core_boot(uint64_t ram, uint64_t caps)
{
	enum os_err err = boot(ram, caps);

	if (err)
		core_log("cannot start the root component \"%s\": %s", root_label,
		         os_err_text(err));
	return err;
}

void core_shutdown(void)
{
	core.exiting = true;
	parent_fini();
	if (core.root_account)
		account_destroy(core.root_account);
	core.root_account = NULL;
	OS_LIST_FOR_EACH (node, &core.modules) {
		struct module *module = OS_LIST_ITEM(node, struct module, node);

		if (module->ds)
			object_destroy(&module->ds->object);
		module->ds = NULL;
	}
}
