/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks and heaps in the own address space that grow as they are used. */

#include <managed/managed.h>

enum { GUARD = OS_PAGE_SIZE, HEAP_PIECE = 64 * 1024 };

/* Attach all of it in the own address space. */
static enum os_err view_make(struct os_managed *managed, struct os_view *view)
{
	return os_view_init(view, managed_dataspace_as_dataspace(managed->ds), 0,
	                    managed->args.size, OS_ATTACH_WRITE);
}

/* ------------------------------------------------------------------ stacks */

static const char *refuse(struct os_managed *managed, uint64_t offset,
                          enum region_map_fault_kind kind)
{
	(void)managed;
	(void)kind;
	return offset < GUARD ? "the stack is full" : NULL;
}

enum os_err os_managed_stack_init(struct os_managed_stack *stack, struct os_env *env,
                                  struct os_ep *ep, struct rm_cap rm, size_t size)
{
	static const struct os_managed_ops ops = { .refuse = refuse };
	const struct os_managed_args args = {
		.ep = ep,
		.rm = rm,
		.size = GUARD + os_align_up(OS_MAX(size, (size_t)1), OS_PAGE_SIZE),
		.ops = &ops,
	};
	enum os_err err;

	*stack = (struct os_managed_stack){ 0 };
	if ((err = os_managed_init(&stack->managed, env, &args)) ||
	    (err = os_managed_populate(&stack->managed, args.size - OS_PAGE_SIZE, OS_PAGE_SIZE)) ||
	    (err = view_make(&stack->managed, &stack->view))) {
		os_managed_stack_fini(stack);
		return err;
	}
	stack->top = (char *)stack->view.start + args.size;
	return OS_OK;
}

void os_managed_stack_fini(struct os_managed_stack *stack)
{
	os_view_fini(&stack->view);
	os_managed_fini(&stack->managed);
	stack->top = NULL;
}

/* ------------------------------------------------------------------ heaps */

static enum os_err grow(struct os_heap_backing *backing, size_t size, void **out)
{
	struct os_managed_heap *heap = container_of(backing, struct os_managed_heap, backing);
	uint64_t at;
	enum os_err err;

	*out = NULL;
	os_mutex_lock(&heap->lock);
	err = os_range_alloc_alloc(&heap->free, size, 12, OS_RANGE_ALL, &at);
	os_mutex_unlock(&heap->lock);
	if (err)
		return OS_ERR_OUT_OF_RAM;
	*out = (char *)heap->view.start + at;
	return OS_OK;
}

/* What is allocated next is to be zeroed: pieces that others use parts of are cleared by hand. */
static void forget(struct os_managed_heap *heap, uint64_t from, uint64_t end)
{
	const uint64_t first = os_align_up(from, HEAP_PIECE), last = end - end % HEAP_PIECE;
	char *const start = heap->view.start;

	if (first >= last) {
		__builtin_memset(start + from, 0, end - from);
		return;
	}
	__builtin_memset(start + from, 0, first - from);
	__builtin_memset(start + last, 0, end - last);
	os_managed_discard(&heap->managed, first, last - first);
}

static void shrink(struct os_heap_backing *backing, void *ptr, size_t size)
{
	struct os_managed_heap *heap = container_of(backing, struct os_managed_heap, backing);
	const uint64_t at = (uint64_t)((char *)ptr - (char *)heap->view.start);

	forget(heap, at, at + size);
	os_mutex_lock(&heap->lock);
	os_range_alloc_free(&heap->free, at);
	os_mutex_unlock(&heap->lock);
}

static void lock(void *mutex)
{
	os_mutex_lock(mutex);
}

static void unlock(void *mutex)
{
	os_mutex_unlock(mutex);
}

enum os_err os_managed_heap_init(struct os_managed_heap *heap, struct os_env *env, struct os_ep *ep,
                                 struct rm_cap rm, uint64_t size)
{
	const struct os_managed_args args = {
		.ep = ep, .rm = rm, .size = size, .piece = HEAP_PIECE
	};
	struct os_heap_config config = { .backing = &heap->backing,
		                         .lock = lock,
		                         .unlock = unlock };
	enum os_err err;

	*heap = (struct os_managed_heap){ .backing = { grow, shrink } };
	config.lock_arg = &heap->use;
	os_range_alloc_init(&heap->free, env->heap);
	os_heap_init(&heap->heap, &config);
	if ((err = os_managed_init(&heap->managed, env, &args)) ||
	    (err = view_make(&heap->managed, &heap->view)) ||
	    (err = os_range_alloc_add(&heap->free, 0, heap->managed.args.size)))
		os_managed_heap_fini(heap);
	return err;
}

void os_managed_heap_fini(struct os_managed_heap *heap)
{
	/* the heap is not asked to give its chunks back: all memory goes at once */
	os_view_fini(&heap->view);
	os_managed_fini(&heap->managed);
	os_range_alloc_fini(&heap->free);
	*heap = (struct os_managed_heap){ 0 };
}
