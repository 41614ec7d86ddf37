/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices: interrupts, memory and ports, each for one driver at a time, and what is for none. */

#include "pc.h"
#include "ports.h"
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
};

static struct irq_session *irq_of(struct irq_server *rpc)
{
	return container_of(rpc, struct irq_session, rpc);
}

static void irq_end(struct irq_session *session)
{
	if (!session->interrupt)
		return;
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
	if (!err)
		return OS_OK;
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

	if (!session->interrupt || !(session->source & OS_IRQ_MSI))
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

enum os_err irq_session_create(const struct session_request *request, struct object **out)
{
	struct irq_session *session;
	struct irq_args args;
	uint32_t source;
	enum os_err err;

	if (irq_args_decode(request->args, request->args_size, &args))
		return OS_ERR_INVALID;
	if ((err = irq_source(&args, &source)) ||
	    (err = object_create(sizeof(*session), OBJECT_DEVICE, IRQ_TYPE, request->account, 0,
	                         NULL, out)))
		return err;
	session = container_of(*out, struct irq_session, object);
	session->source = source;
	if (source & OS_IRQ_MSI)
		err = os_str_copy(session->claim.label, sizeof(session->claim.label),
		                  request->label);
	else
		err = claim(&irqs, &session->claim, "IRQ", request->label, args.number,
		            args.number);
	if (err) {
		object_destroy(*out);
		return err;
	}
	session->object.destroy = irq_destroy;
	session->rpc.ops = &irq_ops;
	object_serve(&session->object, &session->rpc.object, irq_dispatch);
	return OS_OK;
}

/* ------------------------------------------------------------------ IO_MEM */

struct io_mem_session {
	struct object object;
	struct io_mem_server rpc;
	struct claim claim;
	struct dataspace *ds; /* charged to the session's account, and gone with it */
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

enum os_err io_mem_session_create(const struct session_request *request, struct object **out)
{
	static const uint16_t caching[] = {
		[IO_MEM_CACHING_UNCACHED] = OS_MAP_UNCACHED,
		[IO_MEM_CACHING_COMBINED] = OS_MAP_COMBINED,
		[IO_MEM_CACHING_CACHED] = OS_MAP_CACHED,
	};
	struct platform_memory memory = { .kind = MEMORY_DEVICE };
	struct io_mem_session *session;
	struct io_mem_args args;
	uint64_t first, last;
	enum os_err err;

	if (io_mem_args_decode(request->args, request->args_size, &args) || args.size == 0)
		return OS_ERR_INVALID;
	if (__builtin_add_overflow(args.base, args.size - 1, &last) || last >> 52)
		return OS_ERR_RANGE; /* no CPU has more bits of physical addresses */
	first = args.base & ~(uint64_t)(PAGE - 1);
	last |= PAGE - 1;
	if ((err = io_mem_check(request->label, first, last)) ||
	    (err = object_create(sizeof(*session), OBJECT_DEVICE, IO_MEM_TYPE, request->account, 0,
	                         NULL, out)))
		return err;
	session = container_of(*out, struct io_mem_session, object);
	memory.first = (struct extent){ first, last - first + 1 };
	memory.caching = caching[args.caching];
	if ((err = dataspace_device(request->account, IO_MEM_DATASPACE_TYPE, &memory,
	                            memory.first.size, &session->ds)))
		goto destroy;
	if ((err = claim(&memories, &session->claim, "IO_MEM", request->label, first, last))) {
		object_destroy(&session->ds->object);
		goto destroy;
	}
	session->object.destroy = io_mem_destroy;
	session->rpc.ops = &io_mem_ops;
	object_serve(&session->object, &session->rpc.object, io_mem_dispatch);
	return OS_OK;
destroy:
	object_destroy(*out);
	return err;
}

/* ------------------------------------------------------------------ IO_PORT */

struct io_port_session {
	struct object object;
	struct io_port_server rpc;
	struct claim claim;
	struct pd *pd; /* that may use them, or NULL */
	struct os_list_node pd_node;
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
	if ((err = io_port_check(request->label, args.first, last)) ||
	    (err = object_create(sizeof(*session), OBJECT_DEVICE, IO_PORT_TYPE, request->account, 0,
	                         NULL, out)))
		return err;
	session = container_of(*out, struct io_port_session, object);
	if ((err = claim(&ports, &session->claim, "IO_PORT", request->label, args.first, last))) {
		object_destroy(*out);
		return err;
	}
	session->object.destroy = io_port_destroy;
	session->rpc.ops = &io_port_ops;
	object_serve(&session->object, &session->rpc.object, io_port_dispatch);
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

/*
 * PCI configuration space (PCI Local Bus Specification 3.0, 3.2.2.3 and 6.2 to 6.8), read once by
 * configuration mechanism 1. Nobody else has its ports, so that what is found stays true.
 */
enum {
	PCI_ADDRESS = 0xcf8,
	PCI_DATA = 0xcfc,
	PCI_BUSES = 256,
	PCI_FUNCTIONS = 256, /* of a bus: 32 devices with 8 each */
	PCI_CAPABILITIES_MAX = 48,
	PCI_HAS_CAPABILITIES = 1 << 20, /* in status and command */
	PCI_MANY_FUNCTIONS = 0x80,
	PCI_BRIDGE = 1,
	PCI_MSIX = 0x11,
	PCI_BARS = 6,
};

static uint32_t pci_read(uint32_t bus, uint32_t function, uint32_t at)
{
	port_out_32(PCI_ADDRESS, 1u << 31 | bus << 16 | function << 8 | (at & 0xfc));
	return port_in_32(PCI_DATA);
}

/* Physical address of a memory BAR; 0: it is none, or has not been set. */
static uint64_t pci_bar(uint32_t bus, uint32_t function, uint32_t index)
{
	const uint32_t low = index < PCI_BARS ? pci_read(bus, function, 0x10 + 4 * index) : 1;
	uint64_t address = low & ~15u;

	if (low & 1)
		return 0;
	if ((low & 6) == 4 && index + 1 < PCI_BARS)
		address |= (uint64_t)pci_read(bus, function, 0x14 + 4 * index) << 32;
	return address;
}

/* Deny the table of message-signalled interrupts, if the function has one. */
static void pci_function(uint32_t bus, uint32_t function)
{
	uint32_t at, word;
	uint64_t bar;

	if (!(pci_read(bus, function, 4) & PCI_HAS_CAPABILITIES))
		return;
	at = pci_read(bus, function, 0x34) & 0xfc;
	for (uint32_t i = 0; at && i < PCI_CAPABILITIES_MAX; i++, at = word >> 8 & 0xfc) {
		word = pci_read(bus, function, at);
		if ((word & 0xff) != PCI_MSIX)
			continue;
		const uint32_t table = pci_read(bus, function, at + 4);

		if ((bar = pci_bar(bus, function, table & 7)))
			memory_deny(bar + (table & ~7u), ((word >> 16 & 0x7ff) + 1) * 16ul,
			            "a table of message-signalled interrupts");
	}
}

static void pci_bus(uint32_t bus, bool known[PCI_BUSES])
{
	for (uint32_t function = 0; function < PCI_FUNCTIONS; function++) {
		uint32_t header;

		if ((pci_read(bus, function, 0) & 0xffff) == 0xffff) {
			if (function % 8 == 0)
				function += 7;
			continue;
		}
		header = pci_read(bus, function, 0x0c) >> 16;
		pci_function(bus, function);
		if ((header & 0x7f) == PCI_BRIDGE)
			known[pci_read(bus, function, 0x18) >> 8 & 0xff] = true;
		if (function % 8 == 0 && !(header & PCI_MANY_FUNCTIONS))
			function += 7;
	}
}

void device_init(void)
{
	bool known[PCI_BUSES] = { true }, done[PCI_BUSES] = { false };

	ports_own(PCI_ADDRESS, 8);
	for (uint32_t bus = 0; bus < PCI_BUSES; bus++) {
		if (!known[bus] || done[bus])
			continue;
		done[bus] = true;
		pci_bus(bus, known);
		bus = UINT32_MAX; /* a bridge may lead to a lower number */
	}
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
