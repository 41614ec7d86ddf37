/* SPDX-License-Identifier: BSD-2-Clause */
/* What core's objects carry for Osier's own kernel. */

#ifndef CORE_PC_PLATFORM_TYPES_H
#define CORE_PC_PLATFORM_TYPES_H

#include <abi/kernel.h>
#include <osier/list.h>
#include <osier/range_alloc.h>
#include <osier/types.h>

/*
 * Of a PD's RAM quota, for what it costs before it does anything: the kernel's PD, directory and
 * first page of its capability table, page tables, the main thread with its UTCB, and the record of
 * what it has paid for: 16 pages at most.
 */
#define PLATFORM_PD_RAM (64 * 1024)

/* The kernel's thread, its UTCB, and the record of where that is. */
#define PLATFORM_THREAD_RAM (2 * 4096 + 128)

/* Threads of a PD: as many as its part of the address space has pages for, which is 64 GiB. */
#define PLATFORM_THREADS_MAX (16u << 20)

/* Nothing is scarce that is not charged. */
#define PLATFORM_PD_SCARCE 0

enum { PD_STACK_SIZE = 64 * 1024 };

/* Physical memory. */
struct extent {
	uint64_t address, size; /* bytes, whole pages; 0: none */
};

enum memory_kind {
	MEMORY_RAM,    /* of core's allocator */
	MEMORY_MODULE, /* part of the boot image */
	MEMORY_DEVICE, /* no RAM */
};

/* Nearly always one piece; else `more` follows `first`. */
struct platform_memory {
	struct extent first;
	struct extent *more; /* on core's heap */
	uint32_t more_count;
	uint16_t kind;    /* enum memory_kind */
	uint16_t caching; /* OS_MAP_CACHED … */
};

/* The object that the kernel has for it, made when it is first handed out. */
struct platform_object {
	uint64_t slot; /* in core's own table; 0: none */
	uint64_t unit; /* physical address */
};

struct cap_table {
	uint32_t charged_pages; /* beyond the first one, and directories beyond the first one */
};

/* Addresses of the attachment that may be mapped. */
struct platform_attachment {
	uint64_t first, end; /* equal: nothing is */
};

struct platform_pd {
	uint64_t slot;  /* of the kernel's PD; 0: none */
	uint32_t pages; /* the first of the pages that are the PD's; see page_keep() */
	uint64_t base;  /* of its address space: see pd.c */
	uint64_t image_base, load_base; /* of the platform image; of the component */
	struct platform_memory image;   /* copied data, and the stack */
	uint64_t image_charge;          /* bytes of RAM quota for it */
	uint64_t table_charge;          /* for page tables, until the PD ends */
	uint32_t memory_pages;          /* that the platform image asked for */
	/* page tables of the attach area that are paid for, by blocks of 2 MiB and of 1 GiB */
	uint64_t *tables; /* bitmap, one page */
	uint64_t tables_above;
	struct os_range_alloc indices; /* of threads; those in use */
	uint32_t thread_tables;        /* that are paid for, for threads */
	struct os_list ports;          /* struct io_port_session.pd_node: whose ports it may use */
	uint32_t port_pages;           /* of its port bitmap */
	uint32_t debug_lines;
	bool trace_mapped; /* the PD's trace is at its place */
};

struct platform_thread {
	uint64_t slot;       /* of the kernel's thread; 0: none */
	uint64_t page, utcb; /* physical addresses */
	uint32_t index, cpu;
	uint32_t own_slot; /* in the PD's table; 0: none */
	bool prepared;
	bool paused;                  /* in the kernel */
	struct os_kernel_fault fault; /* the last one */
};

struct platform_ep {
	uint64_t slot; /* of the kernel's endpoint; 0: none */
	uint64_t unit;
	uint32_t own_slot;      /* in the PD's table; 0: none */
	struct os_list pending; /* always empty: the kernel counts signals */
};

#endif
