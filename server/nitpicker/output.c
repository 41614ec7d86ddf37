/* SPDX-License-Identifier: BSD-2-Clause */
/* The output: painting in steps of bounded work, and what the driver tells. */

#include "output.h"

/* Pixels, or as much work, that are painted before others at the entrypoint get their turn. */
enum { STEP = 512 * 1024 };

/* What attaching the driver's memory may cost, beside a part of its size for page tables. */
enum { VIEW_RAM = 64 * 1024, VIEW_PART = 256 };

static void forget_pixels(struct output *output)
{
	os_view_fini(&output->view);
	output->surface.pixels = NULL;
	output->waits = false;
}

/* ------------------------------------------------------------------ the driver */

/* The mode that the driver has now; its memory is our donation. */
static enum os_err take_mode(struct output *output, struct os_surface *mode)
{
	struct os_session *const session = &output->link.session;
	struct dataspace_cap ds;
	enum os_err err;
	uint64_t size, needed;
	bool alpha;

	if ((err = framebuffer_mode(output->framebuffer, &mode->width, &mode->height, &mode->stride,
	                            &alpha)))
		return err;
	if (!mode->width || !mode->height)
		return OS_OK;
	if (mode->width > OS_SURFACE_MAX || mode->height > OS_SURFACE_MAX ||
	    mode->stride < mode->width || mode->stride > OS_SURFACE_MAX)
		return OS_ERR_RANGE;
	/* the driver has the memory of the mode before until it has that of the new one */
	size = (uint64_t)mode->stride * mode->height * sizeof(os_pixel);
	needed = size + output->held + FRAMEBUFFER_RAM;
	if (session->ram < needed && (err = os_session_upgrade(session, needed - session->ram, 0)))
		return err;
	if ((err = OS_SESSION_CALL(session, framebuffer_dataspace(output->framebuffer, &ds))))
		return err == OS_ERR_NOT_FOUND ? OS_OK : err; /* another mode already */
	err = os_view_init(&output->view, ds, 0, 0, OS_ATTACH_WRITE);
	if (err == OS_ERR_OUT_OF_RAM &&
	    !os_resource_ask(output->env, size / VIEW_PART + VIEW_RAM, 0))
		err = os_view_init(&output->view, ds, 0, 0, OS_ATTACH_WRITE);
	os_cap_drop(ds.cap);
	if (err)
		return err;
	output->held = output->view.size;
	if (output->view.size < size)
		return OS_ERR_RANGE;
	mode->pixels = output->view.start;
	return OS_OK;
}

static void update_mode(struct output *output);

/* The parent has given what was asked for, or not. */
static void decided(struct os_resource_watcher *watcher, bool granted)
{
	struct output *const output = container_of(watcher, struct output, watcher);

	if (granted && !output->surface.pixels && output->link.state == OS_LINK_OPEN)
		update_mode(output);
}

static void update_mode(struct output *output)
{
	struct os_surface mode = { 0 };
	enum os_err err;

	forget_pixels(output);
	err = take_mode(output, &mode);
	/* more may be on its way: what was decided before one listens is tried at once */
	if ((err == OS_ERR_OUT_OF_RAM || err == OS_ERR_OUT_OF_CAPS) && !output->watcher.env &&
	    !os_resource_watch(&output->watcher, output->env, decided))
		err = take_mode(output, &mode);
	if (err)
		os_warning(output->env, "no pixels of the framebuffer: %s", os_err_text(err));
	if (err || !mode.pixels)
		return;
	output->surface = mode;
	output->resized(output);
	output->dirty = (struct os_region){ 0 };
	output_damage(output, output->scene->stack->screen);
	output_flush(output);
}

static void handle_mode(struct os_signal_handler *handler, uint64_t count)
{
	struct output *const output = container_of(handler, struct output, mode);

	(void)count;
	if (output->link.state == OS_LINK_OPEN)
		update_mode(output);
}

static void handle_sync(struct os_signal_handler *handler, uint64_t count)
{
	struct output *const output = container_of(handler, struct output, sync);

	(void)count;
	if (!output->waits)
		return;
	output->waits = false;
	output->shown(output);
	output_flush(output);
}

static void handle_again(struct os_signal_handler *handler, uint64_t count)
{
	struct output *const output = container_of(handler, struct output, again);

	(void)count;
	output->resumes = false;
	output_flush(output);
}

static void changed(struct os_link *link)
{
	struct output *const output = container_of(link, struct output, link);
	enum os_err err;

	if (link->state != OS_LINK_OPEN) {
		if (link->state == OS_LINK_FAILED)
			os_error(output->env, "no framebuffer: %s", os_err_text(link->error));
		forget_pixels(output);
		return;
	}
	output->held = 0;
	output->framebuffer.cap = link->session.cap;
	if ((err = framebuffer_mode_sigh(output->framebuffer, output->mode.cap)) ||
	    (err = framebuffer_sync_sigh(output->framebuffer, output->sync.cap))) {
		os_warning(output->env, "the framebuffer does not answer: %s", os_err_text(err));
		return;
	}
	update_mode(output);
}

enum os_err output_init(struct output *output, struct os_links *links, struct os_ep *ep,
                        const struct scene *scene, void (*resized)(struct output *),
                        void (*shown)(struct output *))
{
	const struct os_session_args args = OS_LINK_ARGS(FRAMEBUFFER, NULL);
	enum os_err err;

	*output = (struct output){
		.env = links->env, .ep = ep, .scene = scene, .resized = resized, .shown = shown
	};
	if ((err = os_signal_handler_init(&output->mode, ep, handle_mode)) ||
	    (err = os_signal_handler_init(&output->sync, ep, handle_sync)) ||
	    (err = os_signal_handler_init(&output->again, ep, handle_again)))
		return err;
	return os_link_init(&output->link, links, &args, changed);
}

/* ------------------------------------------------------------------ painting */

void output_damage(struct output *output, struct os_rect rect)
{
	os_region_add(&output->dirty, os_rect_intersect(rect, output->scene->stack->screen));
}

void output_sync(struct output *output)
{
	output->wanted = true;
}

/* Paint as much as a step may. */
static void paint(struct output *output)
{
	const struct os_rect limit = { 0, 0, (int32_t)output->surface.width,
		                       (int32_t)output->surface.height };
	struct os_rect part;
	uint64_t work = 0;

	while (work < STEP && os_region_take(&output->dirty, TILE, TILE, &part)) {
		part = os_rect_intersect(part, limit);
		if (os_rect_empty(part))
			continue;
		work += compose_tile(output->scene, part, &output->surface);
		os_region_add(&output->painted, part);
	}
}

/* What has been painted is there: the driver is to show it. */
static void refresh(struct output *output)
{
	enum os_err err = OS_OK;

	/* who waits for a frame in which nothing changes, gets one, too */
	if (os_region_empty(&output->painted))
		os_region_add(&output->painted, (struct os_rect){ 0, 0, 1, 1 });
	output->waits = true;
	output->wanted = false;
	output->frames++;
	for (size_t i = 0; !err && i < output->painted.count; i++) {
		const struct os_rect *const rect = &output->painted.rects[i];

		err = framebuffer_refresh(output->framebuffer, rect->x, rect->y,
		                          (uint32_t)rect->width, (uint32_t)rect->height);
	}
	output->painted = (struct os_region){ 0 };
	if (err)
		os_link_lost(&output->link);
}

void output_flush(struct output *output)
{
	if (!output->surface.pixels || output->waits || output->resumes ||
	    (os_region_empty(&output->dirty) && !output->wanted))
		return;
	paint(output);
	if (os_region_empty(&output->dirty)) {
		refresh(output);
		return;
	}
	output->resumes = true;
	OS_ASSERT(!os_signal_submit(output->again.cap, 1)); /* its own context is there */
}
