/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of the Linux core: memfds for components, anonymous pages for core's own heap. */

#include "linux.h"
#include <osier/heap.h>
#include <osier/string.h>

/* `name` shows among core's descriptors in /proc. */
enum os_err memory_create(const char *name, uint64_t size, struct platform_memory *out)
{
	static uint64_t last_id;
	long fd, err;

	*out = (struct platform_memory){ 0 };
	fd = SYSCALL_2(NR_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return OS_ERR_OUT_OF_RAM;
	/* fallocate sets the size, and takes the memory now, so that quota means memory */
	err = SYSCALL_4(NR_fallocate, fd, 0, 0, size);
	if (err || SYSCALL_3(NR_fcntl, fd, F_ADD_SEALS, F_SEAL_GROW)) {
		SYSCALL_1(NR_close, fd);
		return OS_ERR_OUT_OF_RAM;
	}
	out->fd = fd_of(fd);
	out->id = ++last_id;
	return OS_OK;
}

enum os_err platform_memory_create(uint64_t size, struct platform_memory *out)
{
	return memory_create("ram", size, out);
}

void platform_memory_destroy(struct platform_memory *memory)
{
	int fd = fd_number(memory->fd);

	if (fd < 0)
		return;
	/* who still maps or holds it faults from here on, and holds no memory */
	SYSCALL_2(NR_ftruncate, fd, 0);
	SYSCALL_1(NR_close, fd);
	*memory = (struct platform_memory){ 0 };
}

void *platform_memory_map(struct platform_memory *memory, uint64_t size, bool writeable)
{
	long at = SYSCALL_6(NR_mmap, 0, size, writeable ? PROT_READ | PROT_WRITE : PROT_READ,
	                    MAP_SHARED, fd_number(memory->fd), 0);

	return at < 0 && at > -4096 ? NULL : (void *)at;
}

void platform_memory_unmap(void *at, uint64_t size)
{
	SYSCALL_2(NR_munmap, at, size);
}

/* A second descriptor that cannot be written through; empty on failure. */
struct fd memory_read_only(struct platform_memory *memory)
{
	char path[32];

	os_format(path, sizeof(path), "/proc/self/fd/%d", fd_number(memory->fd));
	return fd_of(SYSCALL_4(NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
}

enum os_err memory_copy(const struct platform_memory *memory, uint64_t size,
                        struct platform_memory *out)
{
	uint64_t from = 0, to = 0;
	long done = 1;

	if (memory_create("ram", size, out))
		return OS_ERR_OUT_OF_RAM;
	while (to < size && done > 0)
		done = SYSCALL_6(NR_copy_file_range, fd_number(memory->fd), &from,
		                 fd_number(out->fd), &to, size - to, 0);
	if (to == size)
		return OS_OK;
	platform_memory_destroy(out);
	return OS_ERR_OUT_OF_RAM;
}

/* ------------------------------------------------------------------ core's heap */

static enum os_err heap_grow(struct os_heap_backing *self, size_t size, void **out)
{
	long at = SYSCALL_6(NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                    -1, 0);

	(void)self;
	*out = at < 0 && at > -4096 ? NULL : (void *)at;
	return *out ? OS_OK : OS_ERR_OUT_OF_RAM;
}

static void heap_shrink(struct os_heap_backing *self, void *ptr, size_t size)
{
	(void)self;
	SYSCALL_2(NR_munmap, ptr, size);
}

struct os_heap_backing core_heap_backing = { .grow = heap_grow, .shrink = heap_shrink };
