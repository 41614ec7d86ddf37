/* SPDX-License-Identifier: BSD-2-Clause */
/* Managed dataspaces: faults answered with pieces of memory. */

#include <managed/managed.h>
#include <osier/string.h>

/*
 * A piece is in one of these states; what is not listed is not there:
 *
 *            read                       write, or a piece that is only zeroes
 *     origin ----> SHOWN (origin)  ---------------+
 *     fill   ----> CLEAN (RAM, read-only) -------> WRITTEN (RAM)
 *
 * CLEAN and WRITTEN are evicted, the latter once they are saved.
 */
enum state { SHOWN, CLEAN, WRITTEN };

struct piece {
	struct os_avl_node node;
	struct os_list_node order_node; /* unless SHOWN */
	uint64_t offset;
	enum state state;
	struct ram_dataspace_cap ram; /* unless SHOWN */
};

enum {
	FAULTS_AT_ONCE = 64, /* then the entrypoint serves others first */
	META_BLOCK = OS_PAGE_SIZE,
	META_HEAD = 32,
};

_Static_assert(sizeof(struct os_ram) <= META_HEAD, "a block's handle stands in front of it");

/* ------------------------------------------------------------------ memory for what is kept */

/* Each block is a dataspace with its own handle in front. */
static enum os_err meta_alloc(struct os_alloc *alloc, size_t size, void **out)
{
	struct os_managed_meta *meta = container_of(alloc, struct os_managed_meta, alloc);
	struct os_ram ram;
	enum os_err err;

	*out = NULL;
	if ((err = os_ram_init(&ram, meta->env, size + META_HEAD, meta->account)))
		return err;
	*(struct os_ram *)ram.view.start = ram;
	*out = (char *)ram.view.start + META_HEAD;
	return OS_OK;
}

static void meta_free(struct os_alloc *alloc, void *ptr, size_t size)
{
	struct os_managed_meta *meta = container_of(alloc, struct os_managed_meta, alloc);
	struct os_ram ram = *(struct os_ram *)(void *)((char *)ptr - META_HEAD);

	(void)size;
	os_ram_fini(&ram, meta->env);
}

/* ------------------------------------------------------------------ pieces */

static struct piece *item(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct piece, node);
}

static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return item(a)->offset < item(b)->offset ? -1 : item(a)->offset > item(b)->offset;
}

static int compare_key(const void *key, const struct os_avl_node *node)
{
	const uint64_t offset = *(const uint64_t *)key;

	return offset < item(node)->offset ? -1 : offset > item(node)->offset;
}

static struct piece *piece_find(const struct os_managed *m, uint64_t offset)
{
	return item(os_avl_find(&m->pieces, &offset, compare_key));
}

static bool has_origin(const struct os_managed *m, uint64_t offset)
{
	return os_cap_valid(m->args.origin.cap) && offset < m->args.origin_size;
}

/*
 * At `offset` of the map, in place of what is there for the same piece: that can be replaced as
 * long as somebody waits there, and else is detached first.
 */
static enum os_err attach(struct os_managed *m, struct dataspace_cap ds, uint64_t ds_offset,
                          uint64_t offset, bool writeable)
{
	uint64_t at;
	enum os_err err = region_map_attach(m->map, ds, ds_offset, m->args.piece, true, offset,
	                                    writeable, false, &at);

	if (err != OS_ERR_CONFLICT || region_map_detach(m->map, offset))
		return err;
	return region_map_attach(m->map, ds, ds_offset, m->args.piece, true, offset, writeable,
	                         false, &at);
}

/* The piece has RAM of its own from now on, or no longer. */
static void ram_set(struct os_managed *m, struct piece *piece, struct ram_dataspace_cap ram,
                    enum state state)
{
	if (piece->state == SHOWN) {
		os_list_append(&m->order, &piece->order_node);
		m->resident++;
	}
	piece->ram = ram;
	piece->state = state;
	if (state == SHOWN) {
		os_list_remove(&m->order, &piece->order_node);
		m->resident--;
	}
}

/* Forget it; its memory goes first, so that nothing is taken back that nobody needs any more. */
static void piece_drop(struct os_managed *m, struct piece *piece)
{
	struct ram_dataspace_cap ram = piece->ram;

	if (piece->state != SHOWN) {
		ram_set(m, piece, (struct ram_dataspace_cap){ 0 }, SHOWN);
		os_ram_free(m->env, &ram);
	}
	/* NOT_FOUND: it never got that far */
	(void)!region_map_detach(m->map, piece->offset);
	os_avl_remove(&m->pieces, &piece->node);
	os_slab_free(&m->slab, piece);
}

/* Keep what was written, with nobody writing any more. With an error it is as before. */
static enum os_err piece_save(struct os_managed *m, struct piece *piece)
{
	const struct dataspace_cap ds = ram_dataspace_as_dataspace(piece->ram);
	struct os_view view;
	enum os_err err;

	if (!m->args.ops || !m->args.ops->save)
		return OS_ERR_UNSUPPORTED;
	if ((err = region_map_detach(m->map, piece->offset)))
		return err;
	if (!(err = os_view_init(&view, ds, 0, m->args.piece, OS_ATTACH_READ))) {
		err = m->args.ops->save(m, piece->offset, view.start, m->args.piece);
		os_view_fini(&view);
	}
	if (err && attach(m, ds, 0, piece->offset, true))
		piece_drop(m,
		           piece); /* no quota to see it: gone, as it would be with its account */
	return err;
}

/* Evict one piece, the oldest for which that works. */
static enum os_err evict(struct os_managed *m)
{
	enum os_err err = OS_ERR_LIMIT;

	OS_LIST_FOR_EACH (node, &m->order) {
		struct piece *piece = OS_LIST_ITEM(node, struct piece, order_node);

		if (piece->state == WRITTEN && (err = piece_save(m, piece)))
			continue;
		m->evicted++;
		piece_drop(m, piece);
		return OS_OK;
	}
	return err;
}

/* ------------------------------------------------------------------ making pieces */

static enum os_err origin_copy(struct os_managed *m, uint64_t offset, void *data)
{
	const uint64_t size = OS_MIN(m->args.origin_size - offset, (uint64_t)m->args.piece);
	struct os_view view;
	enum os_err err;

	if ((err = os_view_init(&view, m->args.origin, offset, os_align_up(size, OS_PAGE_SIZE),
	                        OS_ATTACH_READ)))
		return err;
	memcpy(data, view.start, size);
	os_view_fini(&view);
	m->copied++;
	return OS_OK;
}

/* Memory for the piece at `offset`, with its content. */
static enum os_err ram_make(struct os_managed *m, uint64_t offset, struct ram_dataspace_cap *ds)
{
	const struct os_managed_ops *ops = m->args.ops;
	const bool fill = ops && ops->fill, copy = has_origin(m, offset);
	struct os_view view;
	enum os_err err;

	if ((err = os_ram_alloc(m->env, m->args.piece, m->args.account, ds)) || (!fill && !copy))
		return err;
	if (!(err = os_view_init(&view, ram_dataspace_as_dataspace(*ds), 0, m->args.piece,
	                         OS_ATTACH_WRITE))) {
		err = copy ? origin_copy(m, offset, view.start)
		           : ops->fill(m, offset, view.start, m->args.piece);
		os_view_fini(&view);
	}
	if (err)
		os_ram_free(m->env, ds);
	return err;
}

/* Make room for one piece more, where their number is limited. */
static enum os_err room_make(struct os_managed *m)
{
	return m->args.limit && m->resident >= m->args.limit ? evict(m) : OS_OK;
}

static enum os_err piece_new(struct os_managed *m, uint64_t offset, struct piece **out)
{
	enum os_err err = os_slab_alloc(&m->slab, (void **)out);

	if (err)
		return err;
	(*out)->offset = offset;
	os_avl_insert(&m->pieces, &(*out)->node, compare);
	return OS_OK;
}

/* The piece gets RAM of its own: it is new, or shows the origin. */
static enum os_err piece_fill(struct os_managed *m, struct piece *piece, bool writeable)
{
	struct ram_dataspace_cap ram;
	enum os_err err;

	if ((err = ram_make(m, piece->offset, &ram)))
		return err;
	/* before it is there: whoever waits for it may go on at once, and ask for the numbers */
	ram_set(m, piece, ram, writeable ? WRITTEN : CLEAN);
	m->made++;
	if ((err = attach(m, ram_dataspace_as_dataspace(ram), 0, piece->offset, writeable))) {
		ram_set(m, piece, (struct ram_dataspace_cap){ 0 }, SHOWN);
		os_ram_free(m->env, &ram);
	}
	return err;
}

/* Does a piece that was only read have to be told from one that was written to? */
static bool tells_written(const struct os_managed *m)
{
	return m->args.limit || (m->args.ops && m->args.ops->save);
}

static enum os_err piece_make(struct os_managed *m, uint64_t offset, bool write)
{
	const bool whole = os_align_up(m->args.origin_size, OS_PAGE_SIZE) >= offset + m->args.piece;
	struct piece *piece;
	enum os_err err;

	if (!write && has_origin(m, offset) && whole) {
		if ((err = piece_new(m, offset, &piece)))
			return err;
		if ((err = attach(m, m->args.origin, offset, offset, false)))
			piece_drop(m, piece);
		return err;
	}
	if ((err = room_make(m)) || (err = piece_new(m, offset, &piece)))
		return err;
	if ((err = piece_fill(m, piece, write || !tells_written(m))))
		piece_drop(m, piece);
	return err;
}

/* The piece is there, and is to be written to. */
static enum os_err piece_write(struct os_managed *m, struct piece *piece)
{
	const struct dataspace_cap ds = ram_dataspace_as_dataspace(piece->ram);
	enum os_err err;

	if (piece->state == WRITTEN)
		return OS_OK;
	if (piece->state == SHOWN) {
		if ((err = room_make(m)))
			return err;
		return piece_fill(m, piece, true);
	}
	piece->state = WRITTEN;
	if ((err = attach(m, ds, 0, piece->offset, true)))
		piece->state = CLEAN;
	return err;
}

static enum os_err piece_provide(struct os_managed *m, uint64_t offset, bool write)
{
	struct piece *piece = piece_find(m, offset);

	if (!piece)
		return piece_make(m, offset, write);
	return write ? piece_write(m, piece) : OS_OK;
}

/* The same; where quota does not suffice, an older piece makes room. */
static enum os_err provide(struct os_managed *m, uint64_t offset, bool write)
{
	enum os_err err = piece_provide(m, offset, write);

	if ((err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS) && tells_written(m) &&
	    evict(m) == OS_OK)
		err = piece_provide(m, offset, write);
	return err;
}

/* ------------------------------------------------------------------ faults */

static const char *refusal(enum os_err err)
{
	switch (err) {
	case OS_ERR_OUT_OF_RAM:
		return "no RAM quota is left for what is touched";
	case OS_ERR_OUT_OF_CAPS:
		return "no capability quota is left for what is touched";
	case OS_ERR_LIMIT:
		return "nothing can be evicted for what is touched";
	default:
		return "its content cannot be had";
	}
}

static void resolve(struct os_managed *m, const struct os_fault *fault)
{
	const struct os_managed_ops *ops = m->args.ops;
	const char *reason = NULL;
	enum os_err err;

	if (fault->kind == REGION_MAP_FAULT_KIND_EXECUTE)
		reason = "it is not executable";
	else if (ops && ops->refuse)
		reason = ops->refuse(m, fault->address, fault->kind);
	if (!reason) {
		err = provide(m, fault->address - fault->address % m->args.piece,
		              fault->kind == REGION_MAP_FAULT_KIND_WRITE);
		if (err == OS_OK)
			return;
		reason = refusal(err);
	}
	m->refused++;
	/* NOT_FOUND: it has ended meanwhile */
	(void)!region_map_fault_refuse(m->map, fault->number, reason);
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_managed *m = container_of(handler, struct os_managed, handler);
	struct os_fault fault;
	uint32_t served = 0;

	(void)count;
	os_mutex_lock(&m->lock);
	if (!os_cap_valid(m->faults.map.cap))
		os_faults_init(&m->faults, m->map);
	for (; served < FAULTS_AT_ONCE && os_faults_next(&m->faults, &fault); served++)
		resolve(m, &fault);
	os_mutex_unlock(&m->lock);
	if (served == FAULTS_AT_ONCE)
		(void)!os_signal_submit(handler->cap, 1);
}

/* ------------------------------------------------------------------ life */

static enum os_err args_check(struct os_managed_args *args)
{
	if (!args->piece)
		args->piece = OS_PAGE_SIZE;
	if (args->piece % OS_PAGE_SIZE || !args->size || args->size > UINT64_MAX / 2)
		return OS_ERR_INVALID;
	args->size = (args->size + args->piece - 1) / args->piece * args->piece;
	return OS_OK;
}

static enum os_err map_make(struct os_managed *m)
{
	const struct os_managed_args *args = &m->args;
	struct account_cap own;
	enum os_err err;

	if (args->account)
		return rm_create_for(args->rm, args->size, args->account->cap, &m->map);
	if ((err = pd_account(m->env->pd, &own)))
		return err;
	err = rm_create_for(args->rm, args->size, own, &m->map);
	os_cap_drop(own.cap);
	return err;
}

enum os_err os_managed_init(struct os_managed *m, struct os_env *env,
                            const struct os_managed_args *args)
{
	enum os_err err;

	*m = (struct os_managed){ .env = env, .args = *args };
	m->meta = (struct os_managed_meta){ { meta_alloc, meta_free }, env, args->account };
	if ((err = args_check(&m->args)))
		goto fail;
	os_slab_init(&m->slab, &m->meta.alloc, sizeof(struct piece), META_BLOCK - META_HEAD);
	if ((err = map_make(m)) || (err = region_map_dataspace(m->map, &m->ds)) ||
	    (err = os_signal_handler_init(&m->handler, args->ep, handle)) ||
	    (err = region_map_fault_sigh(m->map, m->handler.cap)))
		goto fail;
	return OS_OK;
fail:
	os_managed_fini(m);
	return err;
}

void os_managed_fini(struct os_managed *m)
{
	struct os_avl_node *node;

	if (!m->env)
		return;
	os_signal_handler_fini(&m->handler);
	os_faults_fini(&m->faults);
	while ((node = m->pieces.root))
		piece_drop(m, item(node));
	os_slab_fini(&m->slab);
	os_cap_drop(m->ds.cap);
	if (os_cap_valid(m->map.cap)) {
		/* NOT_FOUND: it has gone with its account */
		(void)!rm_destroy(m->args.rm, m->map);
		os_cap_drop(m->map.cap);
	}
	*m = (struct os_managed){ 0 };
}

/* ------------------------------------------------------------------ by hand */

enum os_err os_managed_populate(struct os_managed *m, uint64_t offset, uint64_t size)
{
	enum os_err err = OS_OK;

	if (!size)
		return OS_OK;
	if (offset >= m->args.size || size > m->args.size - offset)
		return OS_ERR_RANGE;
	if (m->args.limit &&
	    (offset + size - 1) / m->args.piece - offset / m->args.piece >= m->args.limit)
		return OS_ERR_LIMIT;
	os_mutex_lock(&m->lock);
	for (uint64_t at = offset - offset % m->args.piece; at < offset + size && !err;
	     at += m->args.piece)
		err = provide(m, at, true);
	os_mutex_unlock(&m->lock);
	return err;
}

void os_managed_discard(struct os_managed *m, uint64_t offset, uint64_t size)
{
	const uint64_t piece = m->args.piece, first = (offset + piece - 1) / piece * piece;
	const uint64_t end = OS_MIN(offset + size, m->args.size);
	struct os_avl_node *node, *next;

	os_mutex_lock(&m->lock);
	node = os_avl_lower_bound(&m->pieces, &first, compare_key);
	for (; node && item(node)->offset + piece <= end; node = next) {
		next = os_avl_next(node);
		piece_drop(m, item(node));
	}
	os_mutex_unlock(&m->lock);
}

enum os_err os_managed_flush(struct os_managed *m)
{
	enum os_err first = OS_OK, err;

	os_mutex_lock(&m->lock);
	OS_LIST_FOR_EACH (node, &m->order) {
		struct piece *piece = OS_LIST_ITEM(node, struct piece, order_node);

		err = piece->state == WRITTEN ? piece_save(m, piece) : OS_OK;
		if (err) {
			first = first ? first : err;
			continue;
		}
		m->evicted++;
		piece_drop(m, piece);
	}
	os_mutex_unlock(&m->lock);
	return first;
}
