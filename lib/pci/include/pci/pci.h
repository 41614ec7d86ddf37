/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of a Platform session: one PCI device, for a driver (api/platform.rpc). */

#ifndef PCI_PCI_H
#define PCI_PCI_H

#include <api/pci_device.h>
#include <api/platform.h>
#include <osier/ep.h>
#include <osier/memory.h>
#include <osier/session.h>

/** Which devices will do: those whose numbers are these in the bits of the masks. Zero: all. */
struct os_pci_filter {
	uint32_t id, id_mask;            /* vendor, and device << 16 */
	uint32_t class_code, class_mask; /* 24 bits */
};

/** A session with one device; zero is closed. */
struct os_pci {
	struct os_session session;
	struct platform_cap platform;
	struct pci_device_cap device;
	uint32_t id, class_code; /* of the device */
};

/**
 * Open a session, and have the first device of those that our policy names that fits, and that
 * nobody else has. NOT_FOUND: there is none; EXISTS: others have all of them. Errors besides: those
 * of os_session_open().
 */
enum os_err os_pci_open(struct os_pci *pci, struct os_env *env, const char *label,
                        const struct os_pci_filter *filter) OS_MUST_CHECK;

/** All that was had of the device goes; it has lost the bus by then. Zero is accepted. */
void os_pci_close(struct os_pci *pci);

/** Memory of the device, seen in the own address space; zero is none. */
struct os_pci_memory {
	struct os_view view; /* whole pages */
	void *at;            /* what was asked for, in there */
	size_t size;         /* bytes from there on */
};

/**
 * See `size` bytes (0: up to the end, or to a table of interrupt messages) from `offset` of base
 * address register `number`. Writes are combined, or nothing is cached. Errors: those of
 * pci_device.memory(), and of attaching it.
 */
enum os_err os_pci_memory(struct os_pci *pci, uint32_t number, uint64_t offset, uint64_t size,
                          bool combined, struct os_pci_memory *memory) OS_MUST_CHECK;

/**
 * Have `handler` signalled at interrupt `number`, from now on; see pci_device.interrupt(). A
 * handler ends with irq_acknowledge(). Errors: those of that, and of irq.sigh().
 */
enum os_err os_pci_interrupt(struct os_pci *pci, uint32_t number, struct os_signal_handler *handler,
                             struct irq_cap *irq) OS_MUST_CHECK;

/** RAM that the device sees, too; zero is none. */
struct os_pci_buffer {
	struct ram_dataspace_cap ds;
	struct os_view view;
	uint64_t address; /* for the device */
};

/** Zeroed, in one piece; with `low` below 4 GiB. Errors: those of pci_device.buffer(). */
enum os_err os_pci_buffer_init(struct os_pci_buffer *buffer, struct os_pci *pci, size_t size,
                               bool low) OS_MUST_CHECK;

/** Free it; the device must not use it any more. Zero is accepted. */
void os_pci_buffer_fini(struct os_pci_buffer *buffer, struct os_pci *pci);

#endif
