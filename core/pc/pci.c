/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI sessions, one at a time: what functions there are, and what of them is handed out to whom. */

#include "pci.h"
#include <api/pci.h>
#include <osier/string.h>

/*
 *   claim ------> held: memory, ports, interrupts, buffers ------> account of the client's session
 *
 * All of it is charged to that account, the claim first. As an account ends with its latest objects
 * first, what is held goes before the claim does; and a buffer, before its memory is free again,
 * has taken the bus from the function.
 */

struct pci_claim {
	struct object object;
	struct pci_function *function;
	struct os_list held; /* struct pci_held.node */
	char label[OS_LABEL_MAX];
};

struct buffer {
	struct object object;
	struct pci_function *function;
	struct dataspace *ds;
	struct pci_held held;
	bool given_back; /* by its user: the function may go on */
};

struct session {
	struct object object;
	struct pci_server rpc;
};

static struct session *the_session;

#define LOW_END (UINT64_C(1) << 32)

/* ------------------------------------------------------------------ what is held */

void pci_hold(const struct pci_holder *holder, struct pci_held *held, struct object *object)
{
	held->object = object;
	held->list = &holder->claim->held;
	os_list_append(held->list, &held->node);
}

void pci_drop(struct pci_held *held)
{
	if (held->list)
		os_list_remove(held->list, &held->node);
	held->list = NULL;
}

static void claim_destroy(struct object *object)
{
	struct pci_claim *claim = container_of(object, struct pci_claim, object);
	struct os_list_node *node;

	pci_quiet(claim->function);
	while ((node = os_list_first(&claim->held)))
		object_destroy(OS_LIST_ITEM(node, struct pci_held, node)->object);
	claim->function->claim = NULL;
}

static void buffer_destroy(struct object *object)
{
	struct buffer *buffer = container_of(object, struct buffer, object);

	if (!buffer->given_back)
		pci_quiet(buffer->function);
	pci_drop(&buffer->held);
	object_destroy(&buffer->ds->object);
}

/* Hand something new out to the caller; it is destroyed if that fails. */
static enum os_err hand_out(struct object *object, uint32_t *slot)
{
	const enum os_err err = cap_insert(current_pd(), object, slot);

	if (err)
		object_destroy(object);
	return err;
}

enum os_err pci_interrupt_start(const struct pci_interrupt *interrupt, uint64_t address,
                                uint64_t data)
{
	if (!interrupt->line)
		return pci_message_start(interrupt->function, interrupt->number, address, data);
	pci_command(interrupt->function, PCI_COMMAND_NO_LINE, false);
	return OS_OK;
}

void pci_interrupt_stop(const struct pci_interrupt *interrupt)
{
	if (interrupt->line)
		pci_command(interrupt->function, PCI_COMMAND_NO_LINE, true);
	else
		pci_message_stop(interrupt->function, interrupt->number);
}

/* ------------------------------------------------------------------ functions as they are */

static enum os_err function(struct pci_server *rpc, uint32_t index, uint32_t *bus, uint32_t *device,
                            uint32_t *number, uint32_t *id, uint32_t *class_code,
                            uint32_t *subsystem)
{
	const struct pci_function *f = pci_at(index);

	(void)rpc;
	if (!f || f->bridge)
		return f ? OS_ERR_BUSY : OS_ERR_NOT_FOUND;
	*bus = f->bus;
	*device = f->number / 8;
	*number = f->number % 8;
	*id = pci_get(f, 0, 4);
	*class_code = pci_get(f, 8, 4);
	*subsystem = pci_get(f, 0x2c, 4);
	return OS_OK;
}

static enum os_err bar(struct pci_server *rpc, uint32_t index, uint32_t number, enum pci_kind *kind,
                       uint64_t *base, uint64_t *size)
{
	const struct pci_function *f = pci_at(index);

	(void)rpc;
	if (!f || number >= PCI_BARS)
		return OS_ERR_NOT_FOUND;
	*kind = f->bars[number].kind;
	*base = f->bars[number].base;
	*size = f->bars[number].size;
	return OS_OK;
}

static enum os_err interrupts(struct pci_server *rpc, uint32_t index, uint32_t *messages,
                              bool *line)
{
	const struct pci_function *f = pci_at(index);

	(void)rpc;
	if (!f)
		return OS_ERR_NOT_FOUND;
	*messages = f->messages;
	*line = f->line != 0;
	return OS_OK;
}

static bool place_valid(uint32_t offset, uint32_t size)
{
	return (size == 1 || size == 2 || size == 4) && offset % size == 0 && offset < PCI_SPACE;
}

static enum os_err read(struct pci_server *rpc, uint32_t index, uint32_t offset, uint32_t size,
                        uint32_t *value)
{
	const struct pci_function *f = pci_at(index);

	(void)rpc;
	if (!f)
		return OS_ERR_NOT_FOUND;
	if (!place_valid(offset, size))
		return OS_ERR_RANGE;
	*value = pci_get(f, offset, size);
	return OS_OK;
}

/* The function, if it is claimed; else the error is in *err. */
static struct pci_function *claimed(uint32_t index, enum os_err *err)
{
	struct pci_function *f = pci_at(index);

	*err = !f ? OS_ERR_NOT_FOUND : !f->claim ? OS_ERR_INVALID : OS_OK;
	return *err ? NULL : f;
}

static struct pci_holder holder_of(const struct pci_function *f)
{
	return (struct pci_holder){ .claim = f->claim,
		                    .account = f->claim->object.account,
		                    .label = f->claim->label };
}

static enum os_err write(struct pci_server *rpc, uint32_t index, uint32_t offset, uint32_t size,
                         uint32_t value)
{
	enum os_err err;
	const struct pci_function *f = claimed(index, &err);

	(void)rpc;
	if (!f)
		return err;
	if (!place_valid(offset, size))
		return OS_ERR_RANGE;
	for (uint32_t i = offset; i < offset + size; i++)
		if (f->fixed[i / 32] & 1u << i % 32)
			return OS_ERR_DENIED;
	pci_set(f, offset, size, value);
	return OS_OK;
}

/* ------------------------------------------------------------------ claims, and what they bring */

static enum os_err claim(struct pci_server *rpc, uint32_t index, struct account_cap payer,
                         const char *label)
{
	struct object *account = cap_lookup_kind(current_pd(), payer.cap.slot, OBJECT_ACCOUNT);
	struct pci_function *f = pci_at(index);
	struct object *object;
	enum os_err err;

	(void)rpc;
	if (!account)
		return OS_ERR_CAP_INVALID;
	if (!f || f->bridge)
		return f ? OS_ERR_BUSY : OS_ERR_NOT_FOUND;
	if (f->claim)
		return OS_ERR_EXISTS;
	if ((err = object_create(sizeof(*f->claim), OBJECT_DEVICE, 0,
	                         container_of(account, struct account, object), 0, claim_destroy,
	                         &object)))
		return err;
	f->claim = container_of(object, struct pci_claim, object);
	f->claim->function = f;
	(void)!os_str_copy(f->claim->label, sizeof(f->claim->label), label);
	return OS_OK;
}

static enum os_err release(struct pci_server *rpc, uint32_t index)
{
	struct pci_function *f = pci_at(index);

	(void)rpc;
	if (!f)
		return OS_ERR_NOT_FOUND;
	if (f->claim)
		object_destroy(&f->claim->object);
	return OS_OK;
}

/* The pages of what is asked for; see api/pci.rpc. */
static enum os_err pages_of(const struct pci_function *f, uint32_t number, uint64_t offset,
                            uint64_t size, struct extent *pages)
{
	const struct pci_bar *bar = number < PCI_BARS ? &f->bars[number] : NULL;
	uint64_t first, end;

	if (!bar || bar->kind == PCI_KIND_NONE || bar->kind == PCI_KIND_PORTS)
		return OS_ERR_NOT_FOUND;
	if (offset >= bar->size || size > bar->size - offset)
		return OS_ERR_RANGE;
	first = bar->base + offset;
	end = size ? first + size : bar->base + bar->size;
	if (!size && f->table >= first && f->table < end)
		end = OS_MAX(f->table & ~(uint64_t)(PAGE - 1), first + 1);
	first &= ~(uint64_t)(PAGE - 1);
	*pages = (struct extent){ first, os_align_up(end, PAGE) - first };
	return OS_OK;
}

static enum os_err memory(struct pci_server *rpc, uint32_t index, uint32_t number, uint64_t offset,
                          uint64_t size, bool combined, struct io_mem_cap *out)
{
	enum os_err err;
	struct pci_function *f = claimed(index, &err);
	struct pci_holder holder;
	struct object *object;
	struct extent pages;

	(void)rpc;
	if (!f || (err = pages_of(f, number, offset, size, &pages)))
		return err;
	holder = holder_of(f);
	if (pci_shared(f, &pages)) {
		core_log("PCI: 0x%lx for \"%s\": denied, as another device has a part of the page",
		         (unsigned long)pages.address, holder.label);
		return OS_ERR_DENIED;
	}
	if ((err = io_mem_create(&holder, &pages, combined, &object)))
		return err;
	pci_command(f, PCI_COMMAND_MEMORY, true);
	return hand_out(object, &out->cap.slot);
}

static enum os_err ports(struct pci_server *rpc, uint32_t index, uint32_t number,
                         struct io_port_cap *out)
{
	enum os_err err;
	struct pci_function *f = claimed(index, &err);
	struct pci_holder holder;
	struct object *object;

	(void)rpc;
	if (!f)
		return err;
	if (number >= PCI_BARS || f->bars[number].kind != PCI_KIND_PORTS)
		return OS_ERR_NOT_FOUND;
	holder = holder_of(f);
	if ((err = io_port_create(&holder, f->bars[number].base, f->bars[number].size, &object)))
		return err;
	pci_command(f, PCI_COMMAND_PORTS, true);
	return hand_out(object, &out->cap.slot);
}

static enum os_err interrupt(struct pci_server *rpc, uint32_t index, uint32_t number, bool line,
                             struct irq_cap *out)
{
	enum os_err err;
	struct pci_function *f = claimed(index, &err);
	const struct pci_interrupt what = { .function = f, .number = number, .line = line };
	struct pci_holder holder;
	struct object *object;

	(void)rpc;
	if (!f)
		return err;
	if (line ? number || !f->line : number >= f->messages)
		return OS_ERR_NOT_FOUND;
	OS_LIST_FOR_EACH (node, &f->claim->held) {
		const struct pci_interrupt *other =
		        OS_LIST_ITEM(node, struct pci_held, node)->interrupt;

		if (other && other->line == line && other->number == number)
			return OS_ERR_EXISTS;
	}
	holder = holder_of(f);
	if ((err = irq_create(&holder, &what, f->line, &object)))
		return err;
	return hand_out(object, &out->cap.slot);
}

static enum os_err bus_master(struct pci_server *rpc, uint32_t index, bool on)
{
	enum os_err err;
	const struct pci_function *f = claimed(index, &err);

	(void)rpc;
	if (f)
		pci_command(f, PCI_COMMAND_MASTER, on);
	return err;
}

/* ------------------------------------------------------------------ buffers */

/* The dataspace comes first, so that it ends last. `bytes` are charged with the buffer. */
static enum os_err buffer_make(const struct pci_holder *holder, struct pci_function *f,
                               const struct platform_memory *memory, struct buffer **out)
{
	const uint64_t bytes = memory->first.size;
	struct object *object;
	struct dataspace *ds;
	enum os_err err;

	if ((err = dataspace_device(holder->account, RAM_DATASPACE_TYPE, memory, bytes, &ds)))
		return err;
	if ((err = object_create(sizeof(**out), OBJECT_DEVICE, 0, holder->account, bytes, NULL,
	                         &object))) {
		ds->memory = (struct platform_memory){ 0 }; /* the caller's */
		object_destroy(&ds->object);
		return err;
	}
	object->destroy = buffer_destroy;
	*out = container_of(object, struct buffer, object);
	(*out)->function = f;
	(*out)->ds = ds;
	pci_hold(holder, &(*out)->held, object);
	return OS_OK;
}

static enum os_err buffer(struct pci_server *rpc, uint32_t index, uint64_t size, bool low,
                          struct ram_dataspace_cap *out, uint64_t *address)
{
	enum os_err err;
	struct pci_function *f = claimed(index, &err);
	struct platform_memory memory = { .kind = MEMORY_RAM, .caching = OS_MAP_CACHED };
	struct pci_holder holder;
	struct buffer *made;

	(void)rpc;
	if (!f)
		return err;
	holder = holder_of(f);
	memory.first.size = os_align_up(size, PAGE);
	/* before memory is looked for, so that only who can pay for it has core do so */
	if (memory.first.size < size || !size ||
	    account_charge(holder.account, memory.first.size, 0))
		return OS_ERR_OUT_OF_RAM;
	account_refund(holder.account, memory.first.size, 0);
	if ((err = pages_alloc_below(memory.first.size, low ? LOW_END : UINT64_MAX,
	                             &memory.first.address)))
		return err;
	if ((err = buffer_make(&holder, f, &memory, &made))) {
		pages_free(memory.first.address, memory.first.size);
		return err;
	}
	*address = memory.first.address;
	if ((err = cap_insert(current_pd(), &made->ds->object, &out->cap.slot)))
		object_destroy(&made->object);
	return err;
}

static enum os_err free_buffer(struct pci_server *rpc, uint32_t index, struct ram_dataspace_cap ds)
{
	enum os_err err;
	struct pci_function *f = claimed(index, &err);
	struct object *object = cap_lookup_kind(current_pd(), ds.cap.slot, OBJECT_DATASPACE);

	(void)rpc;
	if (!f)
		return err;
	if (!object)
		return OS_ERR_CAP_INVALID;
	OS_LIST_FOR_EACH (node, &f->claim->held) {
		struct object *held = OS_LIST_ITEM(node, struct pci_held, node)->object;
		struct buffer *buffer = container_of(held, struct buffer, object);

		if (held->destroy != buffer_destroy || &buffer->ds->object != object)
			continue;
		buffer->given_back = true;
		object_destroy(held);
		return OS_OK;
	}
	return OS_ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------ sessions */

static const struct pci_ops ops = {
	.function = function,
	.bar = bar,
	.interrupts = interrupts,
	.read = read,
	.write = write,
	.claim = claim,
	.release = release,
	.memory = memory,
	.ports = ports,
	.interrupt = interrupt,
	.bus_master = bus_master,
	.buffer = buffer,
	.free_buffer = free_buffer,
};

static void session_destroy(struct object *object)
{
	(void)object;
	the_session = NULL;
}

enum os_err pci_session_create(const struct session_request *request, struct object **out)
{
	enum os_err err;

	if (the_session) {
		core_log("PCI: denied for \"%s\": another component has it", request->label);
		return OS_ERR_DENIED;
	}
	if ((err = object_create(sizeof(*the_session), OBJECT_DEVICE, PCI_TYPE, request->account, 0,
	                         session_destroy, out)))
		return err;
	the_session = container_of(*out, struct session, object);
	the_session->rpc.ops = &ops;
	object_serve(&the_session->object, &the_session->rpc.object, pci_dispatch);
	return OS_OK;
}
