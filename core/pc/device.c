/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices: interrupts, memory and ports, each for one driver at a time, and what is for none. */

#include "pc.h"
#include "pci.h"
#include <api/io_mem.h>
#include <api/io_port.h>
#include <api/irq.h>
#include <osier/string.h>

/* A driver that can write to these could interrupt with any vector, or reach any device. */
struct denied {
	struct os_list_node node;
	uint64_t first, last;
	const char *what;
};

/* What a session has for itself. */
struct claim {
	struct os_list_node node; /* in one of the lists of its kind */
	uint64_t first, last;
	char label[OS_LABEL_MAX];
};

enum { PORTS = 65536, BITMAP_PAGES = 2 };

static struct os_list denied_memory, irqs, memories, ports;

/* Ports that the kernel uses, or by which the machine as a whole is changed. */
static const struct denied denied_ports[] = {
	{ .first = 0x20, .last = 0x21, .what = "the interrupt controller" },
	{ .first = 0xa0, .last = 0xa1, .what = "the interrupt controller" },
	{ .first = 0x4d0, .last = 0x4d1, .what = "the interrupt controller" },
	{ .first = 0x92, .last = 0x92, .what = "the reset of the machine" },
	{ .first = 0xcf8, .last = 0xcff, .what = "PCI configuration" },
	{ .first = 0x3f8, .last = 0x3ff, .what = "the kernel's serial line" },
};

/* ------------------------------------------------------------------ claims */

static bool overlap(uint64_t first, uint64_t last, uint64_t a, uint64_t b)
{
	return first <= b && a <= last;
}

/* DENIED if somebody has a part of it; else it is the session's from now on. */
static enum os_err claim(struct os_list *list, struct claim *own, const char *service,
                         const char *label, uint64_t first, uint64_t last)
{
	OS_LIST_FOR_EACH (node, list) {
		const struct claim *other = OS_LIST_ITEM(node, struct claim, node);

		if (!overlap(first, last, other->first, other->last))
			continue;
		core_log("%s: 0x%lx to 0x%lx for \"%s\": \"%s\" has it", service,
		         (unsigned long)first, (unsigned long)last, label, other->label);
		return OS_ERR_DENIED;
	}
	own->first = first;
	own->last = last;
	if (os_str_copy(own->label, sizeof(own->label), label))
		return OS_ERR_TOO_LONG;
	os_list_append(list, &own->node);
	return OS_OK;
}

static enum os_err refuse(const char *service, const char *label, uint64_t first, uint64_t last,
                          const char *what)
{
	core_log("%s: 0x%lx to 0x%lx for \"%s\": denied, as %s is there", service,
	         (unsigned long)first, (unsigned long)last, label, what);
	return OS_ERR_DENIED;
}

/* ------------------------------------------------------------------ IRQ */

struct irq_session {
	struct object object;
	struct irq_server rpc;
	struct claim claim;
	uint32_t source;    /* OS_IRQ_* */
	uint64_t interrupt; /* the kernel's, in core's table; 0: none */
	uint64_t unit;
	uint64_t address, data;
	struct pci_interrupt pci; /* of a PCI function: whom to tell */
	struct pci_held held;
};

static struct irq_session *irq_of(struct irq_server *rpc)
{
	return container_of(rpc, struct irq_session, rpc);
}

static void irq_end(struct irq_session *session)
{
	if (!session->interrupt)
		return;
	if (session->pci.function)
		pci_interrupt_stop(&session->pci);
	object_end(session->interrupt);
	unit_free(session->unit, OS_KERNEL_UNIT);
	session->interrupt = 0;
}

static enum os_err irq_start(struct irq_session *session, struct object *context)
{
	enum os_err err;

	if ((err = object_publish(context)) || (err = unit_alloc(OS_KERNEL_UNIT, &session->unit)))
		return err;
	do {
		err = os_kernel_interrupt_create(MACHINE, context->platform.slot, session->unit,
		                                 session->source, &session->interrupt,
		                                 &session->address, &session->data);
	} while (err == OS_ERR_CAP_SLOTS && own_slots_grow());
	if (!err && session->pci.function)
		err = pci_interrupt_start(&session->pci, session->address, session->data);
	if (!err)
		return OS_OK;
	if (session->interrupt)
		object_end(session->interrupt);
	session->interrupt = 0;
	unit_free(session->unit, OS_KERNEL_UNIT);
	return err == OS_ERR_CAP_SLOTS ? OS_ERR_OUT_OF_RAM : err;
}

static enum os_err irq_sigh_set(struct irq_server *rpc, struct signal_context_cap handler)
{
	struct object *context = cap_lookup_kind(current_pd(), handler.cap.slot, OBJECT_SIGNAL);

	if (handler.cap.slot && !context)
		return OS_ERR_CAP_INVALID;
	irq_end(irq_of(rpc));
	return context ? irq_start(irq_of(rpc), context) : OS_OK;
}

static enum os_err irq_let_come(struct irq_server *rpc)
{
	if (!irq_of(rpc)->interrupt)
		return OS_ERR_NOT_FOUND;
	return os_kernel_interrupt_acknowledge(irq_of(rpc)->interrupt);
}

static enum os_err irq_message(struct irq_server *rpc, uint64_t *address, uint32_t *data)
{
	const struct irq_session *session = irq_of(rpc);

	/* core itself tells PCI functions */
	if (!session->interrupt || !(session->source & OS_IRQ_MSI) || session->pci.function)
		return OS_ERR_NOT_FOUND;
	*address = session->address;
	*data = (uint32_t)session->data;
	return OS_OK;
}

static const struct irq_ops irq_ops = {
	.sigh = irq_sigh_set,
	.acknowledge = irq_let_come,
	.info = irq_message,
};

static void irq_destroy(struct object *object)
{
	struct irq_session *session = container_of(object, struct irq_session, object);

	irq_end(session);
	pci_drop(&session->held);
	if (!(session->source & OS_IRQ_MSI))
		os_list_remove(&irqs, &session->claim.node);
}

/* RANGE: there is no such interrupt. */
static enum os_err irq_source(const struct irq_args *args, uint32_t *source)
{
	static const uint32_t flags[] = {
		[IRQ_TRIGGER_LEGACY] = OS_IRQ_LEGACY,
		[IRQ_TRIGGER_EDGE_HIGH] = 0,
		[IRQ_TRIGGER_EDGE_LOW] = OS_IRQ_LOW,
		[IRQ_TRIGGER_LEVEL_HIGH] = OS_IRQ_LEVEL,
		[IRQ_TRIGGER_LEVEL_LOW] = OS_IRQ_LEVEL | OS_IRQ_LOW,
		[IRQ_TRIGGER_MESSAGE] = OS_IRQ_MSI,
	};
	const uint32_t inputs =
	        args->trigger == IRQ_TRIGGER_LEGACY ? 16 : boot_info->interrupt_count;

	*source = flags[args->trigger];
	if (args->trigger == IRQ_TRIGGER_MESSAGE)
		return OS_OK;
	*source |= args->number;
	return args->number < inputs ? OS_OK : OS_ERR_RANGE;
}

/* `number` is that of the claim, of an interrupt that is no message. */
static enum os_err irq_make(struct account *account, const char *label, uint32_t number,
                            uint32_t source, struct irq_session **out)
{
	struct irq_session *session;
	struct object *object;
	enum os_err err;

	if ((err = object_create(sizeof(*session), OBJECT_DEVICE, IRQ_TYPE, account, 0, NULL,
	                         &object)))
		return err;
	session = container_of(object, struct irq_session, object);
	session->source = source;
	if (source & OS_IRQ_MSI)
		err = os_str_copy(session->claim.label, sizeof(session->claim.label), label);
	else
		err = claim(&irqs, &session->claim, "IRQ", label, number, number);
	if (err) {
		object_destroy(object);
		return err;
	}
	session->object.destroy = irq_destroy;
	session->rpc.ops = &irq_ops;
	object_serve(&session->object, &session->rpc.object, irq_dispatch);
	*out = session;
	return OS_OK;
}

enum os_err irq_session_create(const struct session_request *request, struct object **out)
{
	struct irq_session *session;
	struct irq_args args;
	uint32_t source;
	enum os_err err;

	if (irq_args_decode(request->args, request->args_size, &args))
		return OS_ERR_INVALID;
	if ((err = irq_source(&args, &source)) ||
	    (err = irq_make(request->account, request->label, args.number, source, &session)))
		return err;
	*out = &session->object;
	return OS_OK;
}

enum os_err irq_create(const struct pci_holder *holder, const struct pci_interrupt *pci,
                       uint32_t line, struct object **out)
{
	const uint32_t source = pci->line ? OS_IRQ_LEGACY | line : OS_IRQ_MSI;
	struct irq_session *session;
	enum os_err err;

	if ((err = irq_make(holder->account, holder->label, line, source, &session)))
		return err;
	session->pci = *pci;
	session->held.interrupt = &session->pci;
	pci_hold(holder, &session->held, &session->object);
	*out = &session->object;
	return OS_OK;
}

/* ------------------------------------------------------------------ IO_MEM */

struct io_mem_session {
	struct object object;
	struct io_mem_server rpc;
	struct claim claim;
	struct dataspace *ds;
	struct pci_held held;
};

static enum os_err io_mem_dataspace_get(struct io_mem_server *rpc, struct io_mem_dataspace_cap *ds)
{
	struct io_mem_session *session = container_of(rpc, struct io_mem_session, rpc);

	return cap_insert(current_pd(), &session->ds->object, &ds->cap.slot);
}

static const struct io_mem_ops io_mem_ops = { .dataspace = io_mem_dataspace_get };

static void io_mem_destroy(struct object *object)
{
	struct io_mem_session *session = container_of(object, struct io_mem_session, object);

	os_list_remove(&memories, &session->claim.node);
	pci_drop(&session->held);
	object_destroy(&session->ds->object);
}

/* What no driver may have: RAM, tables of the firmware, and what device_init() has found. */
static enum os_err io_mem_check(const char *label, uint64_t first, uint64_t last)
{
	const struct os_boot_memory *memory =
	        (const void *)((const char *)boot_info + boot_info->memory_offset);

	for (uint32_t i = 0; i < boot_info->memory_count; i++, memory++) {
		if (memory->kind == OS_BOOT_MEMORY_RESERVED || memory->size == 0 ||
		    !overlap(first, last, memory->address, memory->address + memory->size - 1))
			continue;
		return refuse("IO_MEM", label, first, last,
		              memory->kind == OS_BOOT_MEMORY_DENIED ? "an interrupt controller"
		                                                    : "RAM");
	}
	OS_LIST_FOR_EACH (node, &denied_memory) {
		const struct denied *denied = OS_LIST_ITEM(node, struct denied, node);

		if (overlap(first, last, denied->first, denied->last))
			return refuse("IO_MEM", label, first, last, denied->what);
	}
	return OS_OK;
}

/*
 * Pages from `first` to `last`, its last byte. The session's object is made last: so it ends before
 * its dataspace, which it takes along, when the account does.
 */
static enum os_err io_mem_make(struct account *account, const char *label,
                               const struct extent *pages, uint16_t caching,
                               struct io_mem_session **out)
{
	const struct platform_memory memory = { .first = *pages,
		                                .kind = MEMORY_DEVICE,
		                                .caching = caching };
	const uint64_t last = pages->address + pages->size - 1;
	struct io_mem_session *session;
	struct object *object;
	struct dataspace *ds;
	enum os_err err;

	if ((err = io_mem_check(label, pages->address, last)) ||
	    (err = dataspace_device(account, IO_MEM_DATASPACE_TYPE, &memory, pages->size, &ds)))
		return err;
	if ((err = object_create(sizeof(*session), OBJECT_DEVICE, IO_MEM_TYPE, account, 0, NULL,
	                         &object)))
		goto destroy_ds;
	session = container_of(object, struct io_mem_session, object);
	if ((err = claim(&memories, &session->claim, "IO_MEM", label, pages->address, last)))
		goto destroy;
	session->ds = ds;
	session->object.destroy = io_mem_destroy;
	session->rpc.ops = &io_mem_ops;
	object_serve(&session->object, &session->rpc.object, io_mem_dispatch);
	*out = session;
	return OS_OK;
destroy:
	object_destroy(object);
destroy_ds:
	object_destroy(&ds->object);
	return err;
}

enum os_err io_mem_session_create(const struct session_request *request, struct object **out)
{
	static const uint16_t caching[] = {
		[IO_MEM_CACHING_UNCACHED] = OS_MAP_UNCACHED,
		[IO_MEM_CACHING_COMBINED] = OS_MAP_COMBINED,
		[IO_MEM_CACHING_CACHED] = OS_MAP_CACHED,
	};
	struct io_mem_session *session;
	struct io_mem_args args;
	struct extent pages;
	uint64_t last;
	enum os_err err;

	if (io_mem_args_decode(request->args, request->args_size, &args) || args.size == 0)
		return OS_ERR_INVALID;
	if (__builtin_add_overflow(args.base, args.size - 1, &last) || last >> 52)
		return OS_ERR_RANGE; /* no CPU has more bits of physical addresses */
	pages.address = args.base & ~(uint64_t)(PAGE - 1);
	pages.size = (last | (PAGE - 1)) - pages.address + 1;
	if ((err = io_mem_make(request->account, request->label, &pages, caching[args.caching],
	                       &session)))
		return err;
	*out = &session->object;
	return OS_OK;
}

enum os_err io_mem_create(const struct pci_holder *holder, const struct extent *pages,
                          bool combined, struct object **out)
{
	struct io_mem_session *session;
	enum os_err err;

	if ((err = io_mem_make(holder->account, holder->label, pages,
	                       combined ? OS_MAP_COMBINED : OS_MAP_UNCACHED, &session)))
		return err;
	pci_hold(holder, &session->held, &session->object);
	*out = &session->object;
	return OS_OK;
}

/* ------------------------------------------------------------------ IO_PORT */

struct io_port_session {
	struct object object;
	struct io_port_server rpc;
	struct claim claim;
	struct pd *pd; /* that may use them, or NULL */
	struct os_list_node pd_node;
	struct pci_held held;
};

static void io_port_disable(struct io_port_session *session)
{
	struct pd *pd = session->pd;

	if (!pd)
		return;
	(void)!os_kernel_pd_ports(MACHINE, pd->platform.slot, session->claim.first,
	                          session->claim.last - session->claim.first + 1, 0);
	os_list_remove(&pd->platform.ports, &session->pd_node);
	session->pd = NULL;
}

/* The bitmap of ports, at the cost of the PD, until that ends. */
static enum os_err bitmap_give(struct pd *pd)
{
	enum os_err err;

	while (pd->platform.port_pages < BITMAP_PAGES) {
		if ((err = account_charge(pd->account, PAGE, 0)))
			return err;
		if ((err = pd_give_page(pd, OS_GIVE_PORTS))) {
			account_refund(pd->account, PAGE, 0);
			return err;
		}
		pd->platform.table_charge += PAGE;
		pd->platform.port_pages++;
	}
	return OS_OK;
}

static enum os_err io_port_enable_caller(struct io_port_server *rpc)
{
	struct io_port_session *session = container_of(rpc, struct io_port_session, rpc);
	struct pd *pd = current_pd();
	enum os_err err;

	if (session->pd == pd)
		return OS_OK;
	if ((err = bitmap_give(pd)))
		return err;
	io_port_disable(session);
	if ((err = os_kernel_pd_ports(MACHINE, pd->platform.slot, session->claim.first,
	                              session->claim.last - session->claim.first + 1, 1)))
		return err;
	session->pd = pd;
	os_list_append(&pd->platform.ports, &session->pd_node);
	return OS_OK;
}

static const struct io_port_ops io_port_ops = { .enable = io_port_enable_caller };

static void io_port_destroy(struct object *object)
{
	struct io_port_session *session = container_of(object, struct io_port_session, object);

	io_port_disable(session);
	pci_drop(&session->held);
	os_list_remove(&ports, &session->claim.node);
}

static enum os_err io_port_check(const char *label, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < OS_ARRAY_SIZE(denied_ports); i++)
		if (overlap(first, last, denied_ports[i].first, denied_ports[i].last))
			return refuse("IO_PORT", label, first, last, denied_ports[i].what);
	if (power_port((uint32_t)first, (uint32_t)(last - first + 1)))
		return refuse("IO_PORT", label, first, last, "the power of the machine");
	return OS_OK;
}

static enum os_err io_port_make(struct account *account, const char *label, uint64_t first,
                                uint64_t last, struct io_port_session **out)
{
	struct io_port_session *session;
	struct object *object;
	enum os_err err;

	if ((err = io_port_check(label, first, last)) ||
	    (err = object_create(sizeof(*session), OBJECT_DEVICE, IO_PORT_TYPE, account, 0, NULL,
	                         &object)))
		return err;
	session = container_of(object, struct io_port_session, object);
	if ((err = claim(&ports, &session->claim, "IO_PORT", label, first, last))) {
		object_destroy(object);
		return err;
	}
	session->object.destroy = io_port_destroy;
	session->rpc.ops = &io_port_ops;
	object_serve(&session->object, &session->rpc.object, io_port_dispatch);
	*out = session;
	return OS_OK;
}

enum os_err io_port_session_create(const struct session_request *request, struct object **out)
{
	struct io_port_session *session;
	struct io_port_args args;
	uint64_t last;
	enum os_err err;

	if (io_port_args_decode(request->args, request->args_size, &args) || args.count == 0)
		return OS_ERR_INVALID;
	last = (uint64_t)args.first + args.count - 1;
	if (last >= PORTS)
		return OS_ERR_RANGE;
	if ((err = io_port_make(request->account, request->label, args.first, last, &session)))
		return err;
	*out = &session->object;
	return OS_OK;
}

enum os_err io_port_create(const struct pci_holder *holder, uint64_t first, uint64_t count,
                           struct object **out)
{
	struct io_port_session *session;
	enum os_err err;

	if ((err = io_port_make(holder->account, holder->label, first, first + count - 1,
	                        &session)))
		return err;
	pci_hold(holder, &session->held, &session->object);
	*out = &session->object;
	return OS_OK;
}

void device_pd_gone(struct pd *pd)
{
	struct os_list_node *node;

	while ((node = os_list_first(&pd->platform.ports)))
		io_port_disable(OS_LIST_ITEM(node, struct io_port_session, pd_node));
}

/* ------------------------------------------------------------------ what is for none */

void memory_deny(uint64_t address, uint64_t size, const char *what)
{
	struct denied *denied;

	if (size == 0)
		return;
	if (os_alloc(core.heap, sizeof(*denied), (void **)&denied))
		die("out of memory");
	denied->first = address & ~(uint64_t)(PAGE - 1);
	denied->last = (address + size - 1) | (PAGE - 1);
	denied->what = what;
	os_list_append(&denied_memory, &denied->node);
}

void ports_own(uint16_t first, uint16_t count)
{
	static uint32_t given;
	uint64_t page;

	for (; given < BITMAP_PAGES; given++)
		if (page_alloc(&page) || os_kernel_pd_give(MACHINE, PD, page, OS_GIVE_PORTS))
			die("cannot have I/O ports");
	if (os_kernel_pd_ports(MACHINE, PD, first, count, 1))
		die("cannot have I/O port 0x%x", first);
}
