/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI: functions and their configuration space, and who holds what of them. */

#ifndef CORE_PC_PCI_H
#define CORE_PC_PCI_H

/*
 * pci_space.c knows configuration space, pci.c serves api/pci.rpc. Nobody else has the ports of
 * configuration space, so that what is found at the start stays true.
 */

#include "pc.h"

enum { PCI_BARS = 6, PCI_SPACE = 256 };

/* What a base address register is for. */
struct pci_bar {
	uint32_t kind; /* enum pci_kind */
	uint64_t base, size;
};

struct pci_function {
	uint8_t bus, number; /* device * 8 + function */
	bool bridge;         /* nobody gets it */
	uint8_t line;        /* interrupt line, one of ISA's 1 to 15; 0: none */
	uint8_t msi, msix;   /* offsets of the capabilities; 0: none */
	uint16_t messages;
	struct pci_bar bars[PCI_BARS];
	uint64_t table;                 /* of messages: its physical address; 0: none */
	volatile uint32_t *entries;     /* the same in core, once it has been used */
	uint32_t enabled;               /* messages that are in use */
	uint32_t fixed[PCI_SPACE / 32]; /* bytes of configuration space that are core's, as bits */
	struct pci_claim *claim;        /* NULL: nobody has it */
};

/* ------------------------------------------------------------------ pci_space.c */

/* Find all functions. None of them has the bus, or interrupts, afterwards. */
void pci_init(void);
/* Function number `index`, NULL behind the last one. */
struct pci_function *pci_at(uint32_t index);
/* 1, 2 or 4 bytes at an offset that is a multiple of it. */
uint32_t pci_get(const struct pci_function *function, uint32_t at, uint32_t size);
void pci_set(const struct pci_function *function, uint32_t at, uint32_t size, uint32_t value);

enum pci_command {
	PCI_COMMAND_PORTS = 1,
	PCI_COMMAND_MEMORY = 2,
	PCI_COMMAND_MASTER = 4,
	PCI_COMMAND_NO_LINE = 1 << 10,
};

/* Set these bits of its command register, or clear them. */
void pci_command(const struct pci_function *function, uint32_t bits, bool set);
/* No bus and no interrupts from now on. */
void pci_quiet(struct pci_function *function);
/* Have it write its message `number`, or no longer. Errors: those of mapping the table. */
enum os_err pci_message_start(struct pci_function *function, uint32_t number, uint64_t address,
                              uint64_t data) OS_MUST_CHECK;
void pci_message_stop(struct pci_function *function, uint32_t number);
/* Has a function but this one a part of these pages? */
bool pci_shared(const struct pci_function *function, const struct extent *pages);

/* ------------------------------------------------------------------ pci.c */

/* Whom something of a function is handed out to. */
struct pci_holder {
	struct pci_claim *claim;
	struct account *account;
	const char *label;
};

/* Which interrupt of which function; zero is none. */
struct pci_interrupt {
	struct pci_function *function;
	uint32_t number;
	bool line;
};

/* Something that was handed out, and goes with the claim; zero is nothing. */
struct pci_held {
	struct os_list_node node; /* pci_claim.held */
	struct os_list *list;
	struct object *object;
	const struct pci_interrupt *interrupt; /* NULL: it is something else */
};

void pci_hold(const struct pci_holder *holder, struct pci_held *held, struct object *object);
void pci_drop(struct pci_held *held);

enum os_err pci_interrupt_start(const struct pci_interrupt *interrupt, uint64_t address,
                                uint64_t data) OS_MUST_CHECK;
void pci_interrupt_stop(const struct pci_interrupt *interrupt);

/* ------------------------------------------------------------------ device.c */

/* As sessions of these services are, but handed out with a function. */
enum os_err irq_create(const struct pci_holder *holder, const struct pci_interrupt *interrupt,
                       uint32_t line, struct object **out) OS_MUST_CHECK;
enum os_err io_mem_create(const struct pci_holder *holder, const struct extent *pages,
                          bool combined, struct object **out) OS_MUST_CHECK;
enum os_err io_port_create(const struct pci_holder *holder, uint64_t first, uint64_t count,
                           struct object **out) OS_MUST_CHECK;

#endif
