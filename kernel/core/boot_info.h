/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot loaders tell, and the image record, checked: both may be damaged. */

#ifndef KERNEL_BOOT_INFO_H
#define KERNEL_BOOT_INFO_H

#include <kernel.h>

enum {
	BOOT_MEMORY_MAX = 512, /* ranges */
	BOOT_MODULES_MAX = 1024,
	BOOT_SEGMENTS_MAX = 16,
	BOOT_RSDP_SIZE = 36, /* ACPI 2.0 */
};

/* What is where in physical memory: sorted, not overlapping, whole pages; neighbours differ. */
struct boot_memory {
	uint32_t count;
	struct os_boot_memory ranges[BOOT_MEMORY_MAX];
};

struct boot_info {
	struct boot_memory memory;
	uint64_t rsdp;                     /* physical address; 0: none */
	uint8_t rsdp_copy[BOOT_RSDP_SIZE]; /* Multiboot 2 hands over a copy */
	uint32_t rsdp_size;                /* of the copy; 0: none */
	struct os_boot_screen screen;
	bool efi;
};

/*
 * All of these: false with *problem set (a sentence for the user) if what was read is unusable.
 * `limit`: physical memory from there on cannot be read.
 */

/** PVH (Xen's public/arch-x86/hvm/start_info.h): `address` is that of hvm_start_info. */
bool boot_info_pvh(struct boot_info *info, uint64_t address, uint64_t limit,
                   const char **problem) MUST_CHECK;
/** Multiboot 2 (specification 2.0, 3.6): `address` is that of the boot information. */
bool boot_info_multiboot(struct boot_info *info, uint64_t address, uint64_t limit,
                         const char **problem) MUST_CHECK;

/**
 * The image record at `address` and all that it refers to. The memory must be RAM in `info`, and
 * less than `limit`. RAM smaller than memory_min is not judged here.
 */
bool boot_image_check(const struct boot_info *info, uint64_t address, uint64_t limit,
                      const struct os_image **out, const char **problem) MUST_CHECK;

/** [start, end) becomes `kind`, whatever it was; pages in part count wholly. False: too many. */
bool boot_memory_set(struct boot_memory *memory, uint64_t start, uint64_t end,
                     uint32_t kind) MUST_CHECK;
/** Turn `size` bytes of FREE memory in [from, to) into `kind`. False: there is none. */
bool boot_memory_take(struct boot_memory *memory, uint64_t size, uint64_t from, uint64_t to,
                      uint32_t kind, uint64_t *address) MUST_CHECK;
/** Is all of it of this kind? */
bool boot_memory_is(const struct boot_memory *memory, uint64_t start, uint64_t size, uint32_t kind);
/** Bytes of a kind. */
uint64_t boot_memory_sum(const struct boot_memory *memory, uint32_t kind);
/** Where the last range of a kind ends; 0: there is none. */
uint64_t boot_memory_end(const struct boot_memory *memory, uint32_t kind);

#endif
