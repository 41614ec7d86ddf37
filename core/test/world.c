/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform that core's tests play, and what they share. */

#include <stdlib.h>
#include <string.h>

#include "world.h"

struct world world;

/* ------------------------------------------------------------------ the platform */

/* False when this step is the one that is to fail. */
static bool step(void)
{
	void *token;

	if (os_alloc(&world.memory.alloc, 1, &token))
		return false;
	os_free(&world.memory.alloc, token, 1);
	return true;
}

enum os_err platform_memory_create(uint64_t size, struct platform_memory *out)
{
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	out->bytes = calloc(1, size);
	out->size = size;
	world.memories++;
	return OS_OK;
}

void platform_memory_destroy(struct platform_memory *memory)
{
	if (memory->bytes)
		world.memories--;
	free(memory->bytes);
	*memory = (struct platform_memory){ 0 };
}

void *platform_memory_map(struct platform_memory *memory, uint64_t size, bool writeable)
{
	(void)writeable;
	assert_int_equal(size, memory->size);
	return step() ? memory->bytes : NULL;
}

void platform_memory_unmap(void *at, uint64_t size)
{
	assert_non_null(at);
	assert_int_not_equal(size, 0);
}

/* The smallest binary: headers and a note, executable. */
static void write_binary(uint8_t *out)
{
	const struct {
		uint8_t ident[16];
		uint16_t type, machine;
		uint32_t version;
		uint64_t entry, program_offset, section_offset;
		uint32_t flags;
		uint16_t header_size, program_size, program_count, section_size, section_count,
		        names;
		struct {
			uint32_t type, flags;
			uint64_t offset, address, physical, file_size, memory_size, align;
		} program[2];
		uint32_t name_size, value_size, note_type;
		char name[8];
		uint32_t value;
	} file = {
		.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
		.type = 3,
		.machine = 62,
		.version = 1,
		.entry = 0x100,
		.program_offset = 64,
		.header_size = 64,
		.program_size = 56,
		.program_count = 2,
		.program = { { .type = 1,
		               .flags = 5,
		               .file_size = 4096,
		               .memory_size = 4096,
		               .align = 4096 },
		             { .type = 4,
		               .flags = 4,
		               .offset = 176,
		               .address = 176,
		               .file_size = 24,
		               .memory_size = 24,
		               .align = 4 } },
		.name_size = sizeof("Osier"),
		.value_size = 4,
		.note_type = 1,
		.name = "Osier",
		.value = OS_ABI_VERSION,
	};

	memcpy(out, &file, sizeof(file));
}

enum os_err platform_module_load(struct module *module, struct platform_memory *memory,
                                 uint64_t *size)
{
	enum os_err err;

	*size = OS_PAGE_SIZE;
	if ((err = platform_memory_create(*size, memory)))
		return err;
	if (strcmp(module->name, "init") == 0)
		write_binary(memory->bytes);
	return OS_OK;
}

enum os_err platform_pd_init(struct pd *pd)
{
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	pd->platform.alive = true;
	world.pds++;
	return OS_OK;
}

enum os_err platform_pd_load(struct pd *pd)
{
	assert_non_null(pd->binary);
	assert_int_equal(pd->elf.segment_count, 1);
	return step() ? OS_OK : OS_ERR_OUT_OF_RAM;
}

void platform_pd_fini(struct pd *pd)
{
	assert_true(pd->platform.alive);
	assert_null(pd->threads.first);
	assert_null(pd->eps.first);
	assert_non_null(pd->account);
	pd->platform.alive = false;
	world.pds--;
}

void platform_binary_gone(struct pd *pd)
{
	assert_non_null(pd->binary);
}

const struct service platform_services[] = { { 0 } };

enum os_err platform_cap_filled(struct cap_slot *slot)
{
	assert_non_null(slot->object);
	assert_true(slot->pd->platform.alive);
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	world.slots++;
	return OS_OK;
}

void platform_cap_cleared(struct cap_slot *slot, struct object *was)
{
	assert_null(slot->object);
	assert_int_not_equal(was->type, 0); /* still there */
	assert_true(slot->pd->platform.alive);
	world.slots--;
}

enum os_err platform_cap_chunk(struct pd *pd, uint32_t index)
{
	assert_int_equal(index, pd->caps.chunk_count - 1);
	return step() ? OS_OK : OS_ERR_OUT_OF_RAM;
}

enum os_err platform_thread_init(struct thread *thread)
{
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	thread->platform.alive = true;
	world.threads++;
	return OS_OK;
}

enum os_err platform_thread_start(struct thread *thread)
{
	thread->platform.started = step();
	return thread->platform.started ? OS_OK : OS_ERR_OUT_OF_RAM;
}

void platform_thread_fini(struct thread *thread)
{
	assert_true(thread->platform.alive && thread->pd->platform.alive);
	thread->platform.alive = false;
	world.threads--;
}

void platform_trace(struct thread *thread, uint64_t word)
{
	assert_true(thread->platform.alive);
	thread->platform.trace = word;
}

void platform_trace_gone(struct pd *pd)
{
	assert_true(pd->platform.alive);
	world.traces_gone++;
}

uint32_t platform_cpu_count(void)
{
	return world.cpus;
}

enum os_err platform_cpu_record(uint32_t cpu, const struct platform_memory *memory, uint64_t offset,
                                uint32_t events)
{
	assert_true(cpu < world.cpus && !(world.recording & 1u << cpu));
	assert_true(offset + events * sizeof(struct os_trace_event) < memory->size);
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	world.recording |= 1u << cpu;
	return OS_OK;
}

void platform_cpu_record_end(uint32_t cpu)
{
	assert_true(world.recording & 1u << cpu);
	world.recording &= ~(1u << cpu);
}

void platform_thread_priority(struct thread *thread)
{
	assert_true(thread->platform.alive);
}

uint64_t platform_thread_time_us(struct thread *thread)
{
	assert_true(thread->platform.alive);
	return 42;
}

enum os_err platform_fault_resolved(struct thread *thread, const struct resolved *where)
{
	assert_int_not_equal(thread->fault.kind, REGION_MAP_FAULT_KIND_NONE);
	assert_non_null(where->ds);
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	world.resumed++;
	world.last_resumed = thread;
	return OS_OK;
}

void platform_fault_end(struct thread *thread, const char *reason)
{
	assert_int_equal(thread->fault.kind, REGION_MAP_FAULT_KIND_NONE);
	world.ended++;
	pd_ended(thread->pd, PD_STATE_CRASHED, reason ? reason : "fault");
}

enum os_err platform_thread_pause(struct thread *thread)
{
	assert_false(thread->platform.paused);
	thread->platform.paused = step();
	return thread->platform.paused ? OS_OK : OS_ERR_UNSUPPORTED;
}

void platform_thread_unpause(struct thread *thread)
{
	assert_true(thread->platform.paused);
	thread->platform.paused = false;
}

enum os_err platform_thread_step(struct thread *thread, bool on)
{
	if (!step())
		return OS_ERR_BUSY;
	thread->platform.stepping = on;
	return OS_OK;
}

enum os_err platform_thread_registers(struct thread *thread, struct os_registers *out)
{
	*out = thread->platform.registers;
	return step() ? OS_OK : OS_ERR_BUSY;
}

enum os_err platform_thread_registers_set(struct thread *thread,
                                          const struct os_registers *registers)
{
	if (!step())
		return OS_ERR_BUSY;
	thread->platform.registers = *registers;
	return OS_OK;
}

void platform_thread_proceed(struct thread *thread)
{
	assert_int_equal(thread->exception, THREAD_EXCEPTION_NONE);
	thread->platform.proceeded++;
}

void platform_thread_cancel(struct thread *thread)
{
	thread->platform.cancelled++;
}

enum os_err platform_ep_init(struct entrypoint *ep)
{
	if (!step())
		return OS_ERR_OUT_OF_RAM;
	ep->platform.alive = true;
	world.eps++;
	return OS_OK;
}

void platform_ep_fini(struct entrypoint *ep)
{
	assert_true(ep->platform.alive && ep->pd->platform.alive);
	assert_null(ep->platform.pending.first);
	world.eps--;
}

void platform_signal(struct signal_context *context)
{
	os_list_append(&context->ep->platform.pending, &context->pending_node);
}

uint64_t platform_attach_charge(const struct region_map *map, uint64_t address, uint64_t size)
{
	assert_non_null(map->pd);
	(void)address;
	(void)size;
	return 0;
}

void platform_attached(struct attachment *attachment)
{
	assert_non_null(attachment->map->pd);
}

uint64_t platform_detach_charge(struct attachment *attachment)
{
	(void)attachment;
	return 0;
}

void platform_detached(struct attachment *attachment)
{
	assert_non_null(attachment->ds);
	world.detached++;
}

void platform_log(const char *text, size_t length)
{
	assert_true(world.log_length + length < sizeof(world.log));
	assert_int_equal(text[length - 1], '\n');
	memcpy(world.log + world.log_length, text, length);
	world.log_length += length;
	world.log[world.log_length] = 0;
}

uint64_t platform_clock_us(void)
{
	return world.clock_us;
}

/* ------------------------------------------------------------------ what stubs stand on */

struct os_msg *os_msg_own(void)
{
	return &world.msg;
}

enum os_err os_call(struct os_cap cap, struct os_msg *msg)
{
	enum os_err err = core_call(world.caller, cap.slot, msg);

	assert_null(core.current);
	while (faults_settle())
		continue;
	return err;
}

enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type)
{
	(void)type;
	return os_call(cap, msg);
}

void os_cap_drop(struct os_cap cap)
{
	(void)cap;
}

enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type)
{
	(void)object;
	(void)ep;
	(void)account;
	(void)dispatch;
	(void)interface_type;
	fail_msg("core registers no objects at entrypoints");
	return OS_ERR_UNSUPPORTED;
}

void os_rpc_object_fini(struct os_rpc_object *object)
{
	(void)object;
	fail_msg("core registers no objects at entrypoints");
}

void os_reply_send(struct os_reply *reply, struct os_msg *msg)
{
	(void)reply;
	(void)msg;
	fail_msg("core answers at once");
}

/* ------------------------------------------------------------------ the tree */

void world_init(size_t fail_at)
{
	static const char *const names[] = { "init", "config", "broken" };

	memset(&world, 0, sizeof(world));
	memset(&core, 0, sizeof(core));
	fail_alloc_init(&world.memory, fail_at);
	core.heap = &world.memory.alloc;
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++) {
		world.modules[i].name = names[i];
		os_list_append(&core.modules, &world.modules[i].node);
	}
}

void world_boot(void)
{
	assert_int_equal(core_boot(WORLD_RAM, WORLD_CAPS), OS_OK);
	world.caller = core.root->main;
	assert_true(world.caller->platform.started);
	world_check();
}

void world_fini(void)
{
	core_shutdown();
	assert_int_equal(world.memories, 0);
	assert_int_equal(world.pds, 0);
	assert_int_equal(world.threads, 0);
	assert_int_equal(world.eps, 0);
	assert_int_equal(world.slots, 0);
	assert_int_equal(world.memory.live, 0);
	assert_null(core.pds.first);
	assert_null(core.root);
}

int world_setup(void **state)
{
	(void)state;
	world_init(0);
	world_boot();
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	world_fini();
	return 0;
}

/* ------------------------------------------------------------------ what is charged */

static uint64_t attachments_charge(const struct region_map *map)
{
	uint64_t sum = 0;

	for (struct os_avl_node *n = os_avl_first(&map->attachments); n; n = os_avl_next(n)) {
		const struct attachment *a = OS_AVL_ITEM(n, struct attachment, node);
		const struct os_avl_node *before = os_avl_prev(n);
		const struct attachment *b = OS_AVL_ITEM(before, struct attachment, node);

		assert_int_equal(a->gap, a->address - (b ? b->address + b->size : 0));
		sum += a->charge;
	}
	return sum;
}

void platform_pd_explain(const struct pd *pd, uint64_t *ram, uint64_t *caps)
{
	*ram += cap_table_bytes(pd);
	*caps += cap_table_used(pd);
}

static uint64_t chunk_bytes(const struct pd *pd)
{
	return (uint64_t)pd->caps.chunk_count * SLOTS_PER_CHUNK * sizeof(struct cap_slot);
}

/* What the PD itself costs its account. */
static void add_pd(struct pd *pd, uint64_t *ram, uint64_t *caps)
{
	*ram += PLATFORM_PD_RAM + chunk_bytes(pd) + attachments_charge(pd->address_space) +
	        pd->ep_count * (uint64_t)CORE_RAM(sizeof(struct entrypoint));
	*caps += pd->ep_count;
	for (uint32_t i = 0; i < pd->caps.chunk_count * SLOTS_PER_CHUNK; i++) {
		const struct cap_slot *slot = cap_slot_at(pd, i);

		assert_true(slot->count || !slot->object);
		*caps += slot->count > 0;
	}
}

/* Check one account and those below; add to the sums. */
static void visit(const struct account *account, struct world_use *use)
{
	uint64_t ram = 0, caps = 0, ram_explained, caps_explained;

	OS_LIST_FOR_EACH (node, &account->objects) {
		struct object *object = OS_LIST_ITEM(node, struct object, account_node);

		assert_ptr_equal(object->account, account);
		ram += object->ram;
		caps++;
		use->objects++;
		if (object->kind == OBJECT_REGION_MAP &&
		    container_of(object, struct region_map, object)->account == account)
			ram += attachments_charge(container_of(object, struct region_map, object));
	}
	if (account->pd) {
		assert_ptr_equal(account->pd->account, account);
		add_pd(account->pd, &ram, &caps);
	}
	OS_LIST_FOR_EACH (node, &account->children) {
		const struct account *child = OS_LIST_ITEM(node, struct account, parent_node);

		assert_ptr_equal(child->parent, account);
		assert_ptr_equal(child->object.account, account);
		caps++;
		visit(child, use);
	}
	assert_int_equal(account->quota.ram_used, ram);
	assert_int_equal(account->quota.caps_used, caps);
	account_explain(account, &ram_explained, &caps_explained);
	assert_int_equal(ram_explained, ram);
	assert_int_equal(caps_explained, caps);
	assert_true(ram <= account->quota.ram_limit && caps <= account->quota.caps_limit);
	use->ram_used += ram - (account->pd ? chunk_bytes(account->pd) : 0);
	use->caps_used += caps;
	use->ram_limit += account->quota.ram_limit;
	use->caps_limit += account->quota.caps_limit;
	use->accounts++;
}

struct world_use world_use(void)
{
	struct world_use use = { 0 };

	visit(core.root_account, &use);
	return use;
}

void world_check(void)
{
	const struct world_use use = world_use();

	assert_int_equal(use.ram_limit, WORLD_RAM);
	assert_int_equal(use.caps_limit, WORLD_CAPS);
}

/* ------------------------------------------------------------------ components */

static enum os_err open_session(uint64_t id, const char *service, const char *label, uint64_t ram,
                                uint64_t caps, struct os_cap *out)
{
	static const struct parent_affinity nowhere;
	const struct cpu_args_wire args = { 0 };
	const bool cpu = strcmp(service, "CPU") == 0;

	return parent_session_open(world_parent, id, service, label, &args, cpu ? sizeof(args) : 0,
	                           &nowhere, ram, caps, out);
}

struct os_cap world_open(uint64_t id, const char *service, const char *label, uint64_t ram,
                         uint64_t caps)
{
	struct os_cap cap = { 0 };

	assert_int_equal(open_session(id, service, label, ram, caps, &cap), OS_OK);
	return cap;
}

static enum os_err child_run(struct child *child, const char *name)
{
	struct account_cap own = { 0 };
	struct rom_dataspace_cap ds = { 0 };
	struct rom_cap rom = { 0 };
	enum os_err err;

	if ((err = open_session(child->id, "PD", name, PD_RAM, PD_CAPS, &child->pd.cap)) ||
	    (err = open_session(child->id + 1, "CPU", name, CPU_RAM, CPU_CAPS, &child->cpu.cap)) ||
	    (err = pd_account(world_pd, &own)) || (err = pd_fund(child->pd, own, 1 << 20, 200)) ||
	    (err = parent_environment(world_parent, PARENT_ENVIRONMENT_BINARY, &rom.cap)) ||
	    (err = rom_dataspace(rom, &ds)) ||
	    (err = pd_load(child->pd, (struct dataspace_cap){ ds.cap }, world_parent.cap)) ||
	    (err = cpu_thread(child->cpu, child->pd, name, 10, &child->thread)) ||
	    (err = thread_start(child->thread, 0, 0)))
		return err;
	child->object = container_of(cap_lookup_kind(core.root, child->pd.cap.slot, OBJECT_PD),
	                             struct pd, object);
	child->main = child->object->main;
	return OS_OK;
}

enum os_err child_start(struct child *child, uint64_t id, const char *name)
{
	*child = (struct child){ .id = id };
	return child_run(child, name);
}

void child_stop(struct child *child)
{
	enum os_err err;

	world.caller = core.root->main;
	err = parent_session_close(world_parent, child->id);
	assert_true(err == OS_OK || err == OS_ERR_NOT_FOUND);
	err = parent_session_close(world_parent, child->id + 1);
	assert_true(err == OS_OK || err == OS_ERR_NOT_FOUND);
	cap_drop(core.root, child->pd.cap.slot);
	cap_drop(core.root, child->cpu.cap.slot);
	cap_drop(core.root, child->thread.cap.slot);
	*child = (struct child){ 0 };
}
