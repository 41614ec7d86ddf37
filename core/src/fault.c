/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults: resolved, waited for, refused, or the end of a component. */

#include "core.h"
#include <osier/format.h>
#include <osier/string.h>

/*
 *            fault_begin
 *                 |
 *      is the access permitted? ---yes---> the platform maps it, the thread goes on
 *                 | no                                             ^
 *      has the map a handler? ---no---> fault_end: an exception,   | yes
 *                 | yes                 see execution.c            |
 *          waits in the map  <------- the same place ------ faults_settle looks again
 *                 |                                                ^
 *                 +------ something was attached there, ----------+
 *                         the map is not on its way any more, or its handler has changed
 *
 * Who waits is in two trees of the map, by number and by address. Looking again may end PDs, which
 * may be handlers of others, whose threads are then to be looked at again: so it is done between
 * requests, from a queue, and a bounded number at a time.
 */

enum { SETTLE_MAX = 64 };

static struct fault *by_number(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct fault, by_number);
}

static struct fault *by_address(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct fault, by_address);
}

static int compare_address(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return by_address(a)->address < by_address(b)->address
	               ? -1
	               : by_address(a)->address > by_address(b)->address;
}

static int compare_number_key(const void *key, const struct os_avl_node *node)
{
	const uint64_t number = *(const uint64_t *)key;

	return number < by_number(node)->number ? -1 : number > by_number(node)->number;
}

static struct thread *thread_of(struct fault *fault)
{
	return container_of(fault, struct thread, fault);
}

/* ------------------------------------------------------------------ waiting */

static void leave(struct fault *fault)
{
	struct region_map *map = fault->map;

	if (!map)
		return;
	os_avl_remove(&map->faults_by_number, &fault->by_number);
	os_avl_remove(&map->faults_by_address, &fault->by_address);
	fault_page_remove(map, fault);
	map->waiting--;
	fault->map = NULL;
}

static void retry(struct fault *fault)
{
	if (fault->retry)
		return;
	fault->retry = true;
	os_list_append(&core.retries, &fault->retry_node);
}

void fault_cancel(struct thread *thread)
{
	struct fault *fault = &thread->fault;

	leave(fault);
	if (fault->retry)
		os_list_remove(&core.retries, &fault->retry_node);
	*fault = (struct fault){ 0 };
}

void fault_end(struct thread *thread, const char *reason)
{
	const enum region_map_fault_kind kind = thread->fault.kind;
	const uint64_t at = thread->fault.at;

	fault_cancel(thread);
	exception_meet(thread,
	               kind == REGION_MAP_FAULT_KIND_WRITE     ? THREAD_EXCEPTION_WRITE
	               : kind == REGION_MAP_FAULT_KIND_EXECUTE ? THREAD_EXCEPTION_EXECUTE
	                                                       : THREAD_EXCEPTION_READ,
	               at, reason);
}

/* It waits where `where` says from now on, or its PD has ended. */
static void wait(struct fault *fault, const struct resolved *where)
{
	struct region_map *map = where->innermost;

	leave(fault);
	if (!map->fault_sigh.context) {
		fault_end(thread_of(fault), fault->number ? "its fault handler is gone" : NULL);
		return;
	}
	fault->map = map;
	fault->address = where->innermost_address;
	fault->number = ++map->fault_count;
	os_avl_insert_after(&map->faults_by_number, &fault->by_number,
	                    os_avl_last(&map->faults_by_number));
	os_avl_insert(&map->faults_by_address, &fault->by_address, compare_address);
	map->waiting++;
	fault_page_add(map, fault);
	signal_context_submit(map->fault_sigh.context, 1);
}

static bool permitted(const struct resolved *where, enum region_map_fault_kind kind)
{
	return where->ds && (kind != REGION_MAP_FAULT_KIND_WRITE || where->writeable) &&
	       (kind != REGION_MAP_FAULT_KIND_EXECUTE || where->executable);
}

bool fault_begin(struct thread *thread, uint64_t address, enum region_map_fault_kind kind,
                 struct resolved *where)
{
	struct fault *fault = &thread->fault;
	struct region_map *map = thread->pd->address_space;

	OS_ASSERT(!fault->kind);
	if (map && address < map->size) {
		region_map_resolve(map, address, where);
		if (permitted(where, kind))
			return true;
	}
	fault->kind = kind;
	fault->at = address;
	if (map && address < map->size)
		wait(fault, where);
	else
		fault_end(thread, NULL);
	return false;
}

/* ------------------------------------------------------------------ looking again */

struct fault *faults_find(struct region_map *map, uint64_t address, uint64_t size)
{
	struct fault *found = NULL;

	for (struct os_avl_node *node = map->faults_by_address.root; node;) {
		const bool below = by_address(node)->address < address;

		if (!below)
			found = by_address(node);
		node = node->child[below];
	}
	return found && found->address - address < size ? found : NULL;
}

void faults_retry(struct region_map *map, uint64_t address, uint64_t size)
{
	struct fault *fault = faults_find(map, address, size);

	for (; fault && fault->address - address < size;
	     fault = by_address(os_avl_next(&fault->by_address)))
		retry(fault);
}

void faults_leave(struct region_map *map)
{
	struct fault *fault;

	while ((fault = by_number(os_avl_first(&map->faults_by_number)))) {
		leave(fault);
		retry(fault);
	}
}

void faults_handler_changed(struct region_map *map)
{
	if (map->fault_sigh.context)
		signal_context_submit(map->fault_sigh.context, map->waiting);
	else
		faults_retry(map, 0, UINT64_MAX);
}

static void look_again(struct thread *thread)
{
	struct fault *fault = &thread->fault;
	struct resolved where;

	if (!thread->pd->address_space) {
		fault_end(thread, NULL);
		return;
	}
	region_map_resolve(thread->pd->address_space, fault->at, &where);
	if (permitted(&where, fault->kind)) {
		if (platform_fault_resolved(thread, &where))
			fault_end(thread, "no memory for page tables");
		else
			fault_cancel(thread);
	} else if (fault->map != where.innermost || fault->address != where.innermost_address ||
	           !fault->map->fault_sigh.context) {
		wait(fault, &where);
	}
}

bool faults_settle(void)
{
	struct os_list_node *node;

	for (uint32_t i = 0; i < SETTLE_MAX && (node = os_list_first(&core.retries)); i++) {
		struct fault *fault = OS_LIST_ITEM(node, struct fault, retry_node);

		os_list_remove(&core.retries, node);
		fault->retry = false;
		look_again(thread_of(fault));
	}
	return !os_list_empty(&core.retries);
}

/* ------------------------------------------------------------------ api/region_map.rpc */

enum os_err faults_state(struct region_map *map, uint64_t after, uint64_t *number,
                         enum region_map_fault_kind *kind, uint64_t *address)
{
	const uint64_t from = after + 1;
	const struct fault *fault = NULL;

	if (from)
		fault = by_number(
		        os_avl_lower_bound(&map->faults_by_number, &from, compare_number_key));
	*number = fault ? fault->number : 0;
	*kind = fault ? fault->kind : REGION_MAP_FAULT_KIND_NONE;
	*address = fault ? fault->address : 0;
	return OS_OK;
}

void faults_show(struct region_map *map)
{
	struct os_avl_node *node = os_avl_first(&map->faults_by_number);

	for (; node; node = os_avl_next(node))
		fault_page_add(map, by_number(node));
}

static struct fault *find_number(struct region_map *map, uint64_t number)
{
	return by_number(os_avl_find(&map->faults_by_number, &number, compare_number_key));
}

enum os_err faults_thread(struct region_map *map, uint64_t number, char *label, char *name)
{
	struct fault *fault = find_number(map, number);
	enum os_err err;

	if (!fault)
		return OS_ERR_NOT_FOUND;
	err = os_str_copy(label, REGION_MAP_FAULT_THREAD_LABEL_SIZE, thread_of(fault)->pd->label);
	return err ? err
	           : os_str_copy(name, REGION_MAP_FAULT_THREAD_NAME_SIZE, thread_of(fault)->name);
}

enum os_err faults_refuse(struct region_map *map, uint64_t number, const char *reason)
{
	struct fault *fault = find_number(map, number);
	char text[REGION_MAP_FAULT_REFUSE_REASON_SIZE + 16];

	if (!fault)
		return OS_ERR_NOT_FOUND;
	os_format(text, sizeof(text), "refused: %s", reason);
	/* one line, which is the handler's own */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	fault_end(thread_of(fault), text);
	return OS_OK;
}
