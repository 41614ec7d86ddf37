/* SPDX-License-Identifier: BSD-2-Clause */
/* Untrusted bytes checked to be a component's binary: a static PIE for x86_64. */

#ifndef ELF_ELF_H
#define ELF_ELF_H

/*
 * All headers are read once and copied; a file that changes afterwards changes nothing here. No
 * function allocates or blocks, none reads outside of the given bytes.
 */

#include <osier/err.h>
#include <osier/types.h>

enum {
	OS_ELF_SEGMENTS_MAX = 16,
	OS_ELF_ALIGN_MAX = 2 << 20, /* bytes, the largest alignment a segment may ask for */
};

enum os_elf_flags {
	OS_ELF_EXECUTE = 1,
	OS_ELF_WRITE = 2,
	OS_ELF_READ = 4,
};

/** One piece to be loaded. Addresses are relative to where the binary is placed. */
struct os_elf_segment {
	uint64_t file_offset; /* equals the address modulo the page size */
	uint64_t file_size;   /* bytes, the rest of memory_size is zero */
	uint64_t memory_size; /* bytes, not 0 */
	uint64_t address;
	uint32_t flags; /* enum os_elf_flags, never write and execute */
};

/** A checked binary. Zero is one without segments. */
struct os_elf {
	const uint8_t *data; /* the caller's */
	size_t size;
	const char *reason; /* why it was refused, or NULL */
	uint64_t entry;
	uint64_t span;
	uint64_t align;
	uint32_t segment_count;
	uint32_t abi_version;
	bool abi_known;
	struct os_elf_segment segments[OS_ELF_SEGMENTS_MAX]; /* by address, no page is shared */
};

/**
 * Check the `size` bytes at `data`, which must outlive `elf` only if os_elf_symbol() is used. A
 * binary that takes more than `span_max` bytes of address space is refused.
 * Errors: BINARY; os_elf_reason() tells why. `elf` is then without segments.
 */
enum os_err os_elf_init(struct os_elf *elf, const void *data, size_t size,
                        uint64_t span_max) OS_MUST_CHECK;

/** Why the binary was refused, a text for a person; "" if it was not. */
const char *os_elf_reason(const struct os_elf *elf);

/** Segment number `index`, in ascending order of addresses. Errors: NOT_FOUND. */
enum os_err os_elf_segment(const struct os_elf *elf, uint32_t index,
                           struct os_elf_segment *segment) OS_MUST_CHECK;

/** Where execution starts; lies in an executable segment. */
uint64_t os_elf_entry(const struct os_elf *elf);

/** Bytes of address space from the place of the binary on, a multiple of the page size. */
uint64_t os_elf_span(const struct os_elf *elf);

/** What the place of the binary must be a multiple of: the page size or more. */
uint64_t os_elf_align(const struct os_elf *elf);

/** The ABI version in the note "Osier" of type 1 (one 32-bit number). Errors: NOT_FOUND. */
enum os_err os_elf_abi_version(const struct os_elf *elf, uint32_t *version) OS_MUST_CHECK;

/**
 * The function that `address` lies in, by the symbol table: its name in `name` of `size` bytes,
 * NUL-terminated, for reports only (cut if longer, unprintable bytes replaced by '?'), and the
 * bytes from its start. Takes time linear in the symbol table. Errors: NOT_FOUND.
 */
enum os_err os_elf_symbol(const struct os_elf *elf, uint64_t address, char *name, size_t size,
                          uint64_t *offset) OS_MUST_CHECK;

#endif
