/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls on protection domains. */

#include <kernel/handlers.h>
#include <syscall.h>

enum { PORTS = 65536, PORTS_HALF = PORTS / 2 };

/* Ports of the interrupt controllers, which are the kernel's. */
static const struct port_range {
	uint16_t first, last;
} kernel_ports[] = { { 0x20, 0x21 }, { 0xa0, 0xa1 }, { 0x4d0, 0x4d1 } };

/* PCI configuration: leads to all devices, so only the owner of the machine itself may have it. */
static const struct port_range pci_ports = { 0xcf8, 0xcff };

enum os_err syscall_pd_create(struct thread *self, uint64_t page, uint64_t cookie,
                              struct results *out)
{
	struct pd *pd;
	enum os_err err;

	if (!self->pd->slots_free)
		return OS_ERR_CAP_SLOTS;
	if ((err = pd_init(page, cookie, &pd)))
		return err;
	return object_publish(self, &pd->object, out);
}

enum os_err syscall_pd_give(struct thread *self, struct pd *pd, uint64_t page, uint64_t purpose)
{
	(void)self;
	if (purpose > OS_GIVE_PORTS)
		return OS_ERR_INVALID;
	return pd_add(pd, page, (uint32_t)purpose);
}

enum os_err syscall_pd_limit(struct thread *self, struct pd *pd, uint64_t count)
{
	(void)self;
	if (count < pd->slots_used)
		return OS_ERR_RANGE;
	pd->slots_limit = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
	return OS_OK;
}

enum os_err syscall_pd_state(struct thread *self, struct pd *pd, struct results *out)
{
	(void)self;
	out->a = pd->slots_used;
	out->b = pd->slots_free;
	out->c = pd->table_count;
	return OS_OK;
}

static bool overlaps(uint64_t first, uint64_t count, const struct port_range *range)
{
	return first <= range->last && range->first < first + count;
}

static bool ports_denied(const struct thread *self, const struct pd *pd, uint64_t first,
                         uint64_t count)
{
	for (uint32_t i = 0; i < sizeof(kernel_ports) / sizeof(kernel_ports[0]); i++)
		if (overlaps(first, count, &kernel_ports[i]))
			return true;
	return pd != self->pd && overlaps(first, count, &pci_ports);
}

static void ports_set(struct pd *pd, uint64_t first, uint64_t end, bool allow)
{
	for (uint64_t port = first; port < end;) {
		uint8_t *byte = &pd->ports[port / PORTS_HALF][port % PORTS_HALF / 8];
		uint8_t bits = (uint8_t)(0xff << port % 8);
		uint64_t next = (port | 7) + 1;

		if (next > end)
			bits &= (uint8_t)(0xff >> (next - end));
		*byte = allow ? *byte & (uint8_t)~bits : *byte | bits;
		port = next;
	}
}

enum os_err syscall_pd_ports(struct thread *self, struct pd *pd, uint64_t first, uint64_t count,
                             uint64_t allow)
{
	if (first >= PORTS || count > PORTS - first || allow > 1)
		return OS_ERR_RANGE;
	if (!pd->ports[1])
		return OS_ERR_EMPTY;
	if (allow && ports_denied(self, pd, first, count))
		return OS_ERR_DENIED;
	ports_set(pd, first, first + count, allow);
	pd->ports_generation++;
	cpu_flush(pd);
	return OS_OK;
}

enum os_err syscall_pd_syscalls(struct thread *self, struct pd *pd, uint64_t slot)
{
	struct object *gate = NULL;
	enum os_err err;

	if (slot && (err = cap_find(self->pd, slot, OS_KIND_GATE, OS_RIGHT_USE, &gate)))
		return err;
	slot_refer(&pd->syscall_gate, gate);
	return OS_OK;
}
