/* SPDX-License-Identifier: BSD-2-Clause */
/* What core and the platform image agree on, on the kernel: a PD's first pages, calls to core. */

#ifndef ABI_PC_H
#define ABI_PC_H

/*
 * Core fills a new PD's address space: platform image and component (code shared, data copied),
 * stack with guard pages, the info page, and one page per thread, which begins with the thread's
 * UTCB and belongs to the platform image behind it. The main thread starts at the image's entry
 * with rdi the address of the info page.
 *
 * Objects of other components are called straight through the kernel. Objects of core are gates of
 * core's raw endpoint: slots in messages are numbers there, in the caller's own table, both ways.
 * What the platform image itself wants of core it asks with the same kind of call, through the gate
 * in OS_PC_SLOT_CORE; operations and payloads are below, the answer's `op` is an enum os_err.
 *
 * What drivers have to know of the machine, and cannot ask a device, is the ROM module
 * "platform_info": XML, of which each part may be absent.
 *
 *     <platform_info>
 *       <tsc khz="2400000"/>             as the kernel has measured it, roughly
 *       <acpi rsdp="0xf5270"/>           physical address
 *       <hpet address="0xfed00000"/>     physical address of its registers, by ACPI's table HPET
 *       <rtc century="0x32"/>            register in CMOS memory that holds it, by ACPI's FADT
 *       <screen address="0xfd000000" width="1024" height="768" pitch="4096" bits="32" red="16"
 *               green="8" blue="0"/>     frame buffer of the boot loader, that the kernel does not
 *                                        use any more: physical address, pixels, bytes from row to
 *                                        row, bits of a pixel and the lowest of each colour
 *     </platform_info>
 *
 * A PD's capability table is the kernel's. Core keeps the PD's quota there as pd_limit(): slots
 * that arrive by IPC are counted, and refused, by the kernel itself.
 */

#include <abi/kernel.h>
#include <abi/platform.h>

enum {
	OS_PC_SLOT_CORE = 4,       /* gate of the calls below; not counted */
	OS_PC_SLOT_ENDPOINT = 5,   /* kernel endpoint of OS_EP_MAIN; not counted */
	OS_PC_SLOT_SELF = 6,       /* the main thread as a kernel object (USE); not counted */
	OS_PC_SLOT_FREE = 8,       /* the first that anything may arrive in */
	OS_PC_THREAD_BLOCK = 1152, /* offset of the os_thread_block in a thread's page */
};

/* The info page: the PD's own, which may change it (the platform image clears the entropy). */
struct os_pc_info {
	uint64_t entry, load_base, stack_top; /* of the component */
	uint64_t image_base;                  /* of the platform image */
	uint64_t thread_page;                 /* address of the main thread's page */
	uint32_t halt;     /* 1: call OS_PC_HALT before the component is entered */
	uint32_t priority; /* of the main thread */
	uint64_t tsc_khz;
	uint8_t entropy[OS_ENTROPY_SIZE];
};

enum os_pc_call {
	OS_PC_ATTACH = 1,     /* struct os_pc_attach; answer: uint64_t address */
	OS_PC_DETACH,         /* uint64_t address, size */
	OS_PC_EP_CREATE,      /* uint32_t caps_max; answer: uint32_t ep, slot of the endpoint */
	OS_PC_EP_DESTROY,     /* uint32_t ep */
	OS_PC_THREAD_PREPARE, /* uint32_t slot; answer: struct os_pc_thread */
	OS_PC_THREAD_START,   /* uint32_t slot; uint32_t reserved; uint64_t ip, sp, argument */
	OS_PC_THREAD_EXIT,    /* the caller ends; not answered */
	OS_PC_SLOTS,          /* more slots are needed: sent when the kernel says SLOTS_LOW */
	OS_PC_HALT,           /* loaded, and to be stopped for a debugger */
	OS_PC_PANIC,          /* text; not answered: the PD ends */
	OS_PC_DEBUG,          /* text */
	OS_PC_MEMORY,         /* a zeroed page for the platform image, that the PD pays for; answer:
	                         uint64_t address */
	OS_PC_CANCEL,         /* the caller is to be cancelled */
	OS_PC_TRACE,          /* answer: uint64_t address of the window; struct os_trace_place */
};

struct os_pc_attach {
	uint32_t ds_slot;
	uint8_t writeable, executable, fixed, reserved;
	uint64_t offset, size, address; /* as in struct os_attach_args */
};

struct os_pc_thread {
	uint64_t page; /* address of its page, mapped in the PD */
	uint32_t slot; /* of the thread as a kernel object, for unblock(); not counted */
	uint32_t reserved;
};

#endif
