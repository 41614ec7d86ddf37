/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on views: at once, or noted until commit(). */

#include <osier/string.h>

#include "session.h"

static struct session *self(struct gui_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* The view stack is another; who holds it for another reason than paint, is told, too. */
static enum os_err done(struct session *session, enum os_err err)
{
	session->gui->views_changed = true;
	gui_update(session->gui);
	return err;
}

/* ------------------------------------------------------------------ numbers */

/* Where the view `number` is: chunk n has SESSION_CHUNK << n of them. */
static struct session_view *slot(const struct session *session, uint32_t number)
{
	const uint32_t at = number - 1;
	const uint32_t chunk = 31 - (uint32_t)__builtin_clz(at / SESSION_CHUNK + 1);
	char *const start = session->chunks[chunk].view.start;

	return (void *)(start +
	                (size_t)(at - SESSION_CHUNK * ((1u << chunk) - 1)) * SESSION_VIEW_SIZE);
}

struct session_view *session_view(struct session *session, uint32_t number)
{
	struct session_view *view;

	if (!number || number > session->view_count)
		return NULL;
	view = slot(session, number);
	return view->used ? view : NULL;
}

static enum os_err chunk_add(struct session *session)
{
	const uint32_t chunk = session->chunk_count;
	enum os_err err;

	if (chunk == SESSION_CHUNKS)
		return OS_ERR_LIMIT;
	if ((err = os_ram_init(&session->chunks[chunk], session->gui->env,
	                       (size_t)SESSION_VIEW_SIZE * SESSION_CHUNK << chunk,
	                       &session->base.account)))
		return err;
	session->chunk_count++;
	return OS_OK;
}

static enum os_err number_take(struct session *session, struct session_view **out)
{
	struct os_list_node *const node = os_list_first(&session->free);
	const uint32_t number = session->view_count + 1;
	enum os_err err;

	if (node) {
		os_list_remove(&session->free, node);
		*out = OS_LIST_ITEM(node, struct session_view, node);
	} else {
		if (number > SESSION_CHUNK * ((1u << session->chunk_count) - 1) &&
		    (err = chunk_add(session)))
			return err;
		session->view_count = number;
		*out = slot(session, number);
		(*out)->number = number;
	}
	**out = (struct session_view){ .used = true,
		                       .number = (*out)->number,
		                       .view = { .client = &session->client } };
	return OS_OK;
}

static void number_give(struct session *session, struct session_view *view)
{
	view->used = false;
	os_list_prepend(&session->free, &view->node);
}

void views_fini(struct session *session)
{
	for (uint32_t number = 1; number <= session->view_count; number++)
		if (slot(session, number)->has_rpc)
			gui_view_server_fini(&slot(session, number)->rpc);
	for (size_t i = 0; i < SESSION_CHUNKS; i++)
		os_ram_fini(&session->chunks[i], session->gui->env);
}

/* ------------------------------------------------------------------ capabilities of views */

static enum os_err size(struct gui_view_server *rpc, uint32_t *width, uint32_t *height)
{
	const struct session_view *const view = container_of(rpc, struct session_view, rpc);

	*width = view->view.width;
	*height = view->view.height;
	return OS_OK;
}

static const struct gui_view_ops gui_view_ops = { .size = size };

enum os_err view_capability(struct gui_server *rpc, uint32_t number,
                            struct gui_view_cap *capability)
{
	struct session *const session = self(rpc);
	struct session_view *const view = session_view(session, number);
	enum os_err err;

	if (!view)
		return OS_ERR_NOT_FOUND;
	if (!view->has_rpc) {
		if ((err = gui_view_server_init(&view->rpc, session->gui->env->ep,
		                                &session->base.account, &gui_view_ops)))
			return err;
		view->has_rpc = true;
	}
	*capability = gui_view_server_cap(&view->rpc);
	return OS_OK;
}

/* ------------------------------------------------------------------ life */

static enum os_err create(struct session *session, struct view *parent, uint32_t *number)
{
	struct session_view *view;
	enum os_err err;

	if ((err = number_take(session, &view)))
		return err;
	if ((err = stack_insert(&session->gui->stack, &view->view, parent))) {
		number_give(session, view);
		return err;
	}
	*number = view->number;
	return OS_OK;
}

enum os_err view_create(struct gui_server *rpc, uint32_t parent, uint32_t *number)
{
	struct session_view *const within = session_view(self(rpc), parent);

	if (parent && !within)
		return OS_ERR_NOT_FOUND;
	return create(self(rpc), within ? &within->view : NULL, number);
}

enum os_err view_create_in(struct gui_server *rpc, struct gui_view_cap parent, uint32_t *number)
{
	const struct os_rpc_object *const object =
	        os_rpc_object_find(self(rpc)->gui->env->ep, parent.cap);
	struct session_view *within = NULL;

	if (object && object->type == GUI_VIEW_TYPE)
		within = container_of(container_of(object, struct gui_view_server, object),
		                      struct session_view, rpc);
	os_cap_drop(parent.cap);
	return within ? create(self(rpc), &within->view, number) : OS_ERR_NOT_FOUND;
}

enum os_err view_destroy(struct gui_server *rpc, uint32_t number)
{
	struct session *const session = self(rpc);
	struct session_view *const view = session_view(session, number);

	if (!view)
		return OS_ERR_NOT_FOUND;
	stack_remove(&session->gui->stack, &view->view);
	if (view->has_rpc)
		gui_view_server_fini(&view->rpc);
	if (view->is_noted)
		os_list_remove(&session->noted, &view->node);
	number_give(session, view);
	return done(session, OS_OK);
}

/* ------------------------------------------------------------------ place */

static void place_apply(struct session *session, struct session_view *view)
{
	const struct place *const place = &view->place;
	struct view *const v = &view->view;

	v->x = place->x;
	v->y = place->y;
	v->offset_x = place->offset_x;
	v->offset_y = place->offset_y;
	v->width = place->width;
	v->height = place->height;
	v->filled = place->filled;
	v->colour = place->colour;
	stack_place(&session->gui->stack, v);
}

/* view->place has been changed. */
static enum os_err placed(struct session *session, struct session_view *view)
{
	if (!session->noting) {
		place_apply(session, view);
		return done(session, OS_OK);
	}
	if (!view->is_noted)
		os_list_append(&session->noted, &view->node);
	view->is_noted = true;
	return OS_OK;
}

enum os_err view_place(struct gui_server *rpc, uint32_t number, int32_t x, int32_t y,
                       uint32_t width, uint32_t height)
{
	struct session_view *const view = session_view(self(rpc), number);

	if (!view)
		return OS_ERR_NOT_FOUND;
	view->place.x = x;
	view->place.y = y;
	view->place.width = width;
	view->place.height = height;
	return placed(self(rpc), view);
}

enum os_err view_offset(struct gui_server *rpc, uint32_t number, int32_t x, int32_t y)
{
	struct session_view *const view = session_view(self(rpc), number);

	if (!view)
		return OS_ERR_NOT_FOUND;
	view->place.offset_x = x;
	view->place.offset_y = y;
	view->place.filled = false;
	return placed(self(rpc), view);
}

enum os_err view_fill(struct gui_server *rpc, uint32_t number, uint32_t colour)
{
	struct session_view *const view = session_view(self(rpc), number);

	if (!view)
		return OS_ERR_NOT_FOUND;
	view->place.filled = true;
	view->place.colour = colour;
	return placed(self(rpc), view);
}

enum os_err view_title(struct gui_server *rpc, uint32_t number, const char *title)
{
	struct session *const session = self(rpc);
	struct session_view *const view = session_view(session, number);

	if (!view || os_str_copy(view->view.title, sizeof(view->view.title), title))
		return OS_ERR_NOT_FOUND;
	if (session->gui->scene.xray)
		session->gui->stack.damage(&session->gui->stack, view->view.clip);
	return done(session, OS_OK);
}

/* ------------------------------------------------------------------ order */

static enum os_err note_apply(struct session *session, const struct note *note)
{
	struct session_view *const view = session_view(session, note->view);
	struct session_view *const neighbour = session_view(session, note->neighbour);
	struct stack *const stack = &session->gui->stack;
	struct view *const beside = neighbour ? &neighbour->view : NULL;

	if (!view || (note->neighbour && !neighbour))
		return OS_ERR_NOT_FOUND;
	switch (note->kind) {
	case NOTE_RAISE:
		return stack_raise(stack, &view->view, beside);
	case NOTE_LOWER:
		return stack_lower(stack, &view->view, beside);
	default:
		return stack_background(stack, &view->view);
	}
}

static void commit(struct session *session)
{
	enum os_err err;

	OS_LIST_FOR_EACH (node, &session->noted) {
		struct session_view *const view = OS_LIST_ITEM(node, struct session_view, node);

		os_list_remove(&session->noted, node);
		view->is_noted = false;
		place_apply(session, view);
	}
	for (uint32_t i = 0; i < session->note_count; i++) {
		err = note_apply(session, &session->notes[i]);
		(void)err; /* a view that has been destroyed since */
	}
	session->note_count = 0;
}

/* What would be wrong now is wrong, also if it is only noted. */
static enum os_err order(struct session *session, struct note note)
{
	const struct session_view *const view = session_view(session, note.view);
	const struct session_view *const neighbour = session_view(session, note.neighbour);

	if (!session->noting)
		return done(session, note_apply(session, &note));
	if (!view || (note.neighbour && !neighbour))
		return OS_ERR_NOT_FOUND;
	if (note.kind == NOTE_BACKGROUND ? view->view.parent || view->view.orphan
	                                 : neighbour && neighbour->view.list != view->view.list)
		return OS_ERR_INVALID;
	if (session->note_count == SESSION_NOTES)
		commit(session); /* so many at once are not seen at once */
	session->notes[session->note_count++] = note;
	return OS_OK;
}

enum os_err view_raise(struct gui_server *rpc, uint32_t view, uint32_t neighbour)
{
	return order(self(rpc), (struct note){ NOTE_RAISE, view, neighbour });
}

enum os_err view_lower(struct gui_server *rpc, uint32_t view, uint32_t neighbour)
{
	return order(self(rpc), (struct note){ NOTE_LOWER, view, neighbour });
}

enum os_err view_background(struct gui_server *rpc, uint32_t view)
{
	return order(self(rpc), (struct note){ NOTE_BACKGROUND, view, 0 });
}

enum os_err views_begin(struct gui_server *rpc)
{
	self(rpc)->noting = true;
	return OS_OK;
}

enum os_err views_commit(struct gui_server *rpc)
{
	self(rpc)->noting = false;
	commit(self(rpc));
	return done(self(rpc), OS_OK);
}
