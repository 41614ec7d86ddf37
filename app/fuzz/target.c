/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of each interface to send messages to, and capabilities to send along. */

#include "fuzz.h"
#include <api/account.h>
#include <api/checksum.h>
#include <api/cpu.h>
#include <api/dataspace.h>
#include <api/gui.h>
#include <api/io_mem.h>
#include <api/io_port.h>
#include <api/packet_stream.h>
#include <api/parent.h>
#include <api/pd.h>
#include <api/platform.h>
#include <api/region_map.h>
#include <api/rm.h>
#include <api/tables.h>
#include <osier/string.h>

enum { DONATION_FACTOR = 4, PCI_DEVICES_MAX = 256 };

static const struct os_rpc_interface_info *interface_named(const char *name)
{
	for (size_t i = 0; i < os_rpc_interface_count; i++)
		if (os_str_equal(os_rpc_interfaces[i].name, name))
			return &os_rpc_interfaces[i];
	return NULL;
}

/* ------------------------------------------------------------------ objects without a service */

static enum os_err open_account(struct target *target, struct os_env *env)
{
	struct account_cap own, child;
	enum os_err err;

	if ((err = pd_account(env->pd, &own)) ||
	    (err = account_create(own, 256 * 1024, 60, &child)))
		return err;
	target->cap = child.cap;
	return OS_OK;
}

static enum os_err open_dataspace(struct target *target, struct os_env *env)
{
	struct ram_dataspace_cap ds;
	enum os_err err = os_ram_alloc(env, 8192, NULL, &ds);

	target->cap = ds.cap;
	return err;
}

static enum os_err open_region_map(struct target *target, struct os_env *env)
{
	struct region_map_cap map;
	struct rm_cap rm;
	enum os_err err;

	if ((err = rm_open(&target->session, env, NULL, &rm)) ||
	    (err = rm_create(rm, 1 << 20, &map)))
		return err;
	target->cap = map.cap;
	return OS_OK;
}

static enum os_err open_thread(struct target *target, struct os_env *env)
{
	struct thread_cap thread;
	struct cpu_cap cpu;
	enum os_err err;

	if ((err = cpu_open(&target->session, env, NULL, 0, &cpu)) ||
	    (err = cpu_thread(cpu, env->pd, "target", 0, &thread)))
		return err;
	target->cap = thread.cap;
	return OS_OK;
}

static enum os_err open_parent(struct target *target, struct os_env *env)
{
	target->cap = env->parent.cap;
	return OS_OK;
}

static enum os_err open_packet_stream(struct target *target, struct os_env *env)
{
	struct packet_stream_cap stream;
	struct checksum_cap checksum;
	enum os_err err;

	if ((err = checksum_open(&target->session, env, NULL, &checksum)) ||
	    (err = checksum_upload(checksum, &stream)))
		return err;
	target->cap = stream.cap;
	return OS_OK;
}

/* Of each kind of device one that every PC has, and that bears anything: pixels, a POST code. */
static enum os_err open_io_mem(struct target *target, struct os_env *env)
{
	struct io_mem_cap memory;
	enum os_err err = io_mem_open(&target->session, env, NULL, 0xa0000, 0x10000,
	                              IO_MEM_CACHING_UNCACHED, &memory);

	target->cap = target->session.cap;
	return err;
}

static enum os_err open_io_port(struct target *target, struct os_env *env)
{
	struct io_port_cap port;
	enum os_err err = io_port_open(&target->session, env, NULL, 0x80, 1, &port);

	target->cap = target->session.cap;
	return err;
}

/* The first device that the policy gives. */
static enum os_err open_pci_device(struct target *target, struct os_env *env)
{
	struct platform_cap platform;
	struct pci_device_cap device = { 0 };
	enum os_err err;

	if ((err = platform_open(&target->session, env, NULL, &platform)))
		return err;
	for (uint32_t number = 0; number < PCI_DEVICES_MAX; number++) {
		err = OS_SESSION_CALL(&target->session,
		                      platform_acquire(platform, number, &device));
		if (!err)
			break;
	}
	target->cap = device.cap;
	return err;
}

/* ------------------------------------------------------------------ objects of a Gui session */

enum { GUI_EDGE = 16 }; /* of its buffer, in pixels */

static enum os_err open_service(struct target *target, struct os_env *env);

static enum os_err open_gui(struct target *target, struct os_env *env, struct gui_cap *gui)
{
	enum os_err err;

	if ((err = gui_open(&target->session, env, NULL, gui)))
		return err;
	return gui_buffer(*gui, GUI_EDGE, GUI_EDGE, true);
}

/* Where there is no GUI server, of a driver. */
static enum os_err open_framebuffer(struct target *target, struct os_env *env)
{
	struct framebuffer_cap framebuffer;
	struct gui_cap gui;
	enum os_err err;

	if ((err = open_gui(target, env, &gui)) == OS_ERR_NO_ROUTE)
		return open_service(target, env);
	if (err || (err = gui_framebuffer(gui, &framebuffer)))
		return err;
	target->cap = framebuffer.cap;
	return OS_OK;
}

static enum os_err open_input(struct target *target, struct os_env *env)
{
	struct input_cap input;
	struct gui_cap gui;
	enum os_err err;

	if ((err = open_gui(target, env, &gui)) == OS_ERR_NO_ROUTE)
		return open_service(target, env);
	if (err || (err = gui_input(gui, &input)))
		return err;
	target->cap = input.cap;
	return OS_OK;
}

static enum os_err open_gui_view(struct target *target, struct os_env *env)
{
	struct gui_view_cap capability;
	struct gui_cap gui;
	uint32_t view;
	enum os_err err;

	if ((err = open_gui(target, env, &gui)) || (err = gui_view_create(gui, 0, &view)) ||
	    (err = gui_view_capability(gui, view, &capability)))
		return err;
	target->cap = capability.cap;
	return OS_OK;
}

static const struct {
	const char *name;
	enum os_err (*open)(struct target *target, struct os_env *env);
} makers[] = {
	{ "account", open_account },         { "dataspace", open_dataspace },
	{ "region_map", open_region_map },   { "thread", open_thread },
	{ "parent", open_parent },           { "packet_stream", open_packet_stream },
	{ "framebuffer", open_framebuffer }, { "input", open_input },
	{ "gui_view", open_gui_view },       { "io_mem", open_io_mem },
	{ "io_port", open_io_port },         { "pci_device", open_pci_device },
};

/* A session of the interface's own service, with arguments of zeroes. */
static enum os_err open_service(struct target *target, struct os_env *env)
{
	const struct os_rpc_interface_info *info = target->info;
	const uint8_t zeroes[256] = { 0 };
	const struct os_session_args args = {
		.service = info->service,
		.label = *target->label                       ? target->label
		         : os_str_equal(info->service, "ROM") ? "fuzz"
		                                              : NULL,
		.args = zeroes,
		.args_size = info->args.length,
		.ram = info->ram * DONATION_FACTOR,
		.caps = info->caps * DONATION_FACTOR,
		.type = info->type,
	};
	enum os_err err = os_session_open(&target->session, env, &args);

	target->cap = target->session.cap;
	return err;
}

enum os_err target_open(struct target *target, struct os_env *env, const char *name,
                        const char *label)
{
	*target = (struct target){ .info = interface_named(name), .label = label };
	if (!target->info)
		return OS_ERR_NOT_FOUND;
	for (size_t i = 0; i < OS_ARRAY_SIZE(makers); i++)
		if (os_str_equal(makers[i].name, name))
			return makers[i].open(target, env);
	return target->info->service[0] ? open_service(target, env) : OS_ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------ the pool */

static void pool_add(struct pool *pool, uint32_t *count, struct os_cap cap, uint32_t type)
{
	if (*count == POOL_SIZE)
		return;
	pool->caps[*count] = cap;
	pool->types[(*count)++] = type;
}

/* What was made before; some of it may be gone. */
static void pool_clear(struct pool *pool, struct os_env *env)
{
	struct account_cap own;
	enum os_err err;

	os_ram_free(env, &pool->ds);
	if (pool->context.cap.slot)
		err = pd_object_free(env->pd, pool->context.cap);
	if (pool->child.cap.slot && !pd_account(env->pd, &own)) {
		err = account_close(own, pool->child);
		os_cap_drop(pool->child.cap);
		os_cap_drop(own.cap);
	}
	(void)err;
	*pool = (struct pool){ 0 };
}

void pool_renew(struct pool *pool, struct os_env *env, const struct target *target)
{
	struct account_cap own = { 0 };
	uint32_t count = 0;

	pool_clear(pool, env);
	pool_add(pool, &count, (struct os_cap){ 0 }, 0);
	pool_add(pool, &count, target->cap, target->info->type);
	pool_add(pool, &count, env->pd.cap, PD_TYPE);
	pool_add(pool, &count, (struct os_cap){ 61234 }, 0);
	if (!os_ram_alloc(env, 4096, NULL, &pool->ds))
		pool_add(pool, &count, pool->ds.cap, RAM_DATASPACE_TYPE);
	if (!pd_signal_context(env->pd, env->ep->platform_ep, 0xf022, (struct account_cap){ 0 },
	                       &pool->context))
		pool_add(pool, &count, pool->context.cap, SIGNAL_CONTEXT_TYPE);
	if (!pd_account(env->pd, &own) && !account_create(own, 4096, 2, &pool->child))
		pool_add(pool, &count, pool->child.cap, ACCOUNT_TYPE);
	os_cap_drop(own.cap);
}
