/* SPDX-License-Identifier: BSD-2-Clause */
/* Core's pc side: what its files offer to each other. */

#ifndef CORE_PC_PC_H
#define CORE_PC_PC_H

/*
 *   main.c        start, options, boot modules, the loop over requests
 *   memory.c      physical memory: pages, dataspaces, core's heap; blocks.c: which are free
 *   units.c       memory for small kernel objects
 *   cap.c         capability tables, which are the kernel's
 *   pd.c          address spaces and what is in them at the start
 *   thread.c      threads and entrypoints
 *   mapping.c     attachments: what of them is mapped where, page tables paid for
 *   call.c        calls of the platform image (abi/pc.h)
 *   fault.c       page faults and exceptions
 *   trace.c       where events of traced components go
 *   device.c      who has which device: interrupts, memory, ports
 *   pci_space.c   PCI functions and their configuration space
 *   pci.c         what of them is handed out (api/pci.rpc)
 *   power.c       the end
 *   platform_info.c  what drivers have to know of the machine
 */

#include "../src/core.h"
#include <abi/kernel_calls.h>
#include <abi/pc.h>

enum {
	/* core's own slots; those of kernel.h come first */
	PD = OS_KERNEL_ROOT_PD,
	MACHINE = OS_KERNEL_ROOT_MACHINE,
	PAGE = OS_KERNEL_PAGE,
	LARGE_PAGE = 2 << 20,
};

/* Badges that are no addresses of objects. */
enum { BADGE_PAGER = 1, BADGE_CALLS = 2 };

/* Rights that components have to what they are given. */
enum { COMPONENT_RIGHTS = OS_RIGHT_USE | OS_RIGHT_COPY };

/* ------------------------------------------------------------------ main.c */

extern const struct os_boot_info *boot_info;
extern struct os_msg *utcb;    /* of core's only thread */
extern uint64_t core_endpoint; /* where all calls to core arrive */
extern uint64_t pager_gate;    /* … faults */
extern uint64_t calls_gate;    /* … calls of platform images */
extern const char *halt_label; /* of the PD that waits for a debugger; NULL: none */

/* The module's memory; NULL: there is none of that name. */
const struct os_boot_module *module_find(const char *name);
/* Unpredictable bytes. */
void random_bytes(void *out, size_t size);
/* Print the last line, which tells how the root component has ended, and switch the machine off. */
OS_NORETURN void finish(int value);
/* The same for what goes wrong at the start. */
OS_NORETURN void die(const char *format, ...) OS_PRINTF(1, 2);

/* ------------------------------------------------------------------ memory.c */

/* Find and map all RAM. Halts if there is too little. */
void memory_init(const struct os_boot_info *info);
/* Bytes that are free. */
uint64_t memory_free(void);
/* See physical RAM, of the allocator or of modules. */
void *memory_pointer(uint64_t address);
/* The other way round. */
uint64_t pointer_memory(const void *pointer);

/* One zeroed page. OUT_OF_RAM. */
enum os_err page_alloc(uint64_t *address) OS_MUST_CHECK;
void page_free(uint64_t address);
/* Pages that end together: put one into the list `*head` (zero is empty); free all of them. */
void page_keep(uint32_t *head, uint64_t address);
void page_free_all(uint32_t *head);

/* `size` bytes in one piece, zeroed, whole pages. */
enum os_err pages_alloc(uint64_t size, uint64_t *address) OS_MUST_CHECK;
void pages_free(uint64_t address, uint64_t size);
/* The same where its last byte is below `limit`. */
enum os_err pages_alloc_below(uint64_t size, uint64_t limit, uint64_t *address) OS_MUST_CHECK;

/* The piece of `memory` at `offset`: where it is, and how long. RANGE: behind its end. */
enum os_err memory_piece(const struct platform_memory *memory, uint64_t offset,
                         struct extent *piece) OS_MUST_CHECK;

/* Map any physical memory, of a device or of the firmware, for core itself; for good. */
enum os_err device_map(uint64_t address, uint64_t size, uint32_t attributes,
                       void **out) OS_MUST_CHECK;

/* ------------------------------------------------------------------ units.c, cap.c */

/* Memory for a kernel object of 64 or 128 bytes. OUT_OF_RAM. */
enum os_err unit_alloc(uint32_t size, uint64_t *unit) OS_MUST_CHECK;
void unit_free(uint64_t unit, uint32_t size);

/* One more page for core's own table; false: no memory. After CAP_SLOTS. */
bool own_slots_grow(void);
/* Destroy what is in core's slot, and empty the slot. */
void object_end(uint64_t slot);
/* Have the kernel know the object; it does if platform.slot is not 0. */
enum os_err object_publish(struct object *object) OS_MUST_CHECK;

/* Put what is in core's slot `what` into the table of `pd`; grows the table at the PD's cost. */
enum os_err slot_grant(struct pd *pd, uint64_t what, uint32_t rights, uint32_t at,
                       uint32_t *slot) OS_MUST_CHECK;
/* Components change their tables between requests: what is known of them is out of date. */
void cap_forget(void);
/* What the kernel has told about the slots that are passed in a request of `pd`. */
void cap_told(const struct pd *pd, const struct os_msg *msg, const uint64_t *cookies);
/* 64 slots more, charged to the PD. */
enum os_err slots_grow(struct pd *pd) OS_MUST_CHECK;
/* thread.c: the slot of a context that is to be signalled before core waits again; 0: none. */
uint64_t signal_kept(void);
void signal_forget(uint64_t slot); /* it is about to be destroyed */
/* Give a page, which the PD keeps. */
enum os_err pd_give_page(struct pd *pd, uint32_t purpose) OS_MUST_CHECK;

/* ------------------------------------------------------------------ pd.c, thread.c */

/* Read the platform image. */
void image_init(void);
/* Where the page of thread number `index` is. */
uint64_t thread_address(const struct pd *pd, uint32_t index);
/* Charge the PD for page tables that this place needs, once; all lower indices are in use. */
enum os_err thread_tables_pay(struct pd *pd, uint32_t index) OS_MUST_CHECK;
/* A zeroed page for the platform image. */
enum os_err memory_page(struct pd *pd, uint64_t *address) OS_MUST_CHECK;
/* Entry of the platform image in `pd`, and the address of its info page. */
uint64_t image_entry(const struct pd *pd);
uint64_t info_address(const struct pd *pd);
/* Where the PD's trace goes. */
uint64_t trace_address(const struct pd *pd);
/* Fill in what concerns the main thread; returns the top of its stack. */
uint64_t info_complete(struct thread *thread);

/* ------------------------------------------------------------------ trace.c */

/* Answer a thread that asks for its ring: the window's address, and the place in it. */
enum os_err trace_window(struct thread *thread, uint64_t *window,
                         struct os_trace_place *place) OS_MUST_CHECK;
/* The thread faults at `address`; true: its trace was there, and it goes on without. */
bool trace_fault(struct thread *thread, uint64_t address);

/* ------------------------------------------------------------------ mapping.c */

/* Map a piece of physical memory; page tables come as needed, and stay with the PD. */
enum os_err space_map(struct pd *pd, uint64_t address, uint64_t physical, uint64_t size,
                      uint32_t attributes) OS_MUST_CHECK;
/* The same with `size` bytes of `memory` from `offset` on. */
enum os_err space_map_memory(struct pd *pd, uint64_t address, const struct platform_memory *memory,
                             uint64_t offset, uint64_t size, uint32_t attributes) OS_MUST_CHECK;
void space_unmap(struct pd *pd, uint64_t address, uint64_t size);
/* Attach for the PD itself. */
enum os_err space_attach(struct pd *pd, struct dataspace *ds, const struct os_pc_attach *args,
                         uint64_t *address) OS_MUST_CHECK;
/*
 * Map what `r` tells of the page at `address`, and what is around it; and have the thread go on, if
 * it `waits` for that alone.
 */
enum os_err space_resolve(struct thread *thread, uint64_t address, const struct resolved *r,
                          bool waits) OS_MUST_CHECK;

/* ------------------------------------------------------------------ call.c, fault.c */

/* Serve the call of a platform image; false: it is not answered. The reply is in `msg`. */
bool platform_call(struct thread *thread, struct os_msg *msg);
/* The thread has met a fault; true: it goes on. Else it waits, or its PD has ended. */
bool fault_serve(struct thread *thread, const struct os_kernel_fault *fault);

/* ------------------------------------------------------------------ device.c, power.c, … */

/* platform_info.c: what drivers have to know, as a boot module. */
const struct os_boot_module *platform_info(void);

/* `pd` is about to end. */
void device_pd_gone(struct pd *pd);
/* No driver gets memory of these pages; `what` is there. */
void memory_deny(uint64_t address, uint64_t size, const char *what);
/* Let core itself use these ports. */
void ports_own(uint16_t first, uint16_t count);

enum os_err irq_session_create(const struct session_request *request,
                               struct object **out) OS_MUST_CHECK;
enum os_err io_mem_session_create(const struct session_request *request,
                                  struct object **out) OS_MUST_CHECK;
enum os_err io_port_session_create(const struct session_request *request,
                                   struct object **out) OS_MUST_CHECK;
enum os_err pci_session_create(const struct session_request *request,
                               struct object **out) OS_MUST_CHECK;
enum os_err power_session_create(const struct session_request *request,
                                 struct object **out) OS_MUST_CHECK;

/* The table of ACPI with this signature, checked and mapped, and its length; NULL: none. */
const uint8_t *acpi_table(const char *signature, uint32_t *length);
/* Find out how this machine is switched off. */
void power_init(void);
OS_NORETURN void machine_off(void);
OS_NORETURN void machine_reset(void);
/* Ports that are the machine's own: what is written there switches it off or resets it. */
bool power_port(uint32_t first, uint32_t count);

#endif
