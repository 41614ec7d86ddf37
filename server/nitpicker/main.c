/* SPDX-License-Identifier: BSD-2-Clause */
/* nitpicker: the GUI server; shows views of many clients on one screen, and tells them of input. */

#include <osier/string.h>

#include "gui.h"

static struct gui gui;

/* ------------------------------------------------------------------ the arrow */

enum { ARROW_WIDTH = 12, ARROW_HEIGHT = 19 };

/* "#": white, ".": black, all else transparent. */
static const char arrow[ARROW_HEIGHT][ARROW_WIDTH + 1] = {
	".           ", "..          ", ".#.         ", ".##.        ", ".###.       ",
	".####.      ", ".#####.     ", ".######.    ", ".#######.   ", ".########.  ",
	".#########. ", ".######.....", ".###.##.    ", ".##..##.    ", ".#.  .##.   ",
	"..   .##.   ", "      .##.  ", "      .##.  ", "       ..   ",
};

static void arrow_draw(struct pointer_image *image)
{
	static os_pixel pixels[ARROW_HEIGHT * ARROW_WIDTH];

	for (size_t y = 0; y < ARROW_HEIGHT; y++)
		for (size_t x = 0; x < ARROW_WIDTH; x++)
			pixels[y * ARROW_WIDTH + x] = arrow[y][x] == '#'   ? 0xffffffff
			                              : arrow[y][x] == '.' ? 0xff000000
			                                                   : 0;
	image->surface = (struct os_surface){ pixels, ARROW_WIDTH, ARROW_HEIGHT, ARROW_WIDTH };
}

/* ------------------------------------------------------------------ what has changed */

static void damage(struct stack *stack, struct os_rect rect)
{
	(void)stack;
	output_damage(&gui.output, rect);
	captures_damage(&gui, rect);
}

/* The image for the pointer where it is now, and X-ray and kill mode. */
static void scene_update(void)
{
	const struct router *const router = &gui.router;
	const struct client *const at = router->drag ? router->drag : router->hover;
	const struct pointer_image *image = NULL;
	struct scene *const scene = &gui.scene;

	if (gui.moved)
		image = at && at->pointer.surface.pixels ? &at->pointer : &gui.arrow;
	if (scene->pointer != image || scene->pointer_x != router->x ||
	    scene->pointer_y != router->y) {
		damage(&gui.stack, compose_pointer(scene));
		scene->pointer = image;
		scene->pointer_x = router->x;
		scene->pointer_y = router->y;
		damage(&gui.stack, compose_pointer(scene));
	}
	if (scene->xray != router->xray || scene->kill != router->kill) {
		scene->xray = router->xray;
		scene->kill = router->kill;
		damage(&gui.stack, gui.stack.screen);
	}
}

static void kill_victim(void)
{
	struct client *const victim = gui.router.victim;

	gui.router.victim = NULL;
	if (victim) {
		report_killed(&gui, victim);
		session_kill(&gui, victim);
	}
}

void gui_update(struct gui *self)
{
	if (self->views_changed) {
		self->views_changed = false;
		router_settle(&self->router);
	}
	scene_update();
	reports_update(self);
	output_flush(&self->output);
}

static void resized(struct output *output)
{
	const struct os_rect screen = gui.stack.screen;

	if (output->surface.width == (uint32_t)screen.width &&
	    output->surface.height == (uint32_t)screen.height)
		return;
	stack_resize(&gui.stack, output->surface.width, output->surface.height);
	router_settle(&gui.router);
	sessions_resized(&gui);
	captures_resized(&gui);
}

static void shown(struct output *output)
{
	(void)output;
	sessions_shown(&gui);
}

/* ------------------------------------------------------------------ input */

static void deliver(struct router *router, struct client *client,
                    const struct os_input_event *event)
{
	(void)router;
	session_deliver(client, event);
}

static void input_event(struct os_input *input, const struct os_input_event *event)
{
	(void)input;
	gui.moved |= event->kind == OS_INPUT_ABSOLUTE || event->kind == OS_INPUT_RELATIVE;
	router_event(&gui.router, event);
	kill_victim();
	gui_update(&gui);
}

static void input_changed(struct os_link *link)
{
	const struct input_cap cap = { link->session.cap };
	enum os_err err;

	if (link->state != OS_LINK_OPEN) {
		os_input_fini(&gui.input);
		router_lost(&gui.router);
		gui_update(&gui);
		if (link->state == OS_LINK_FAILED)
			os_warning(gui.env, "no input: %s", os_err_text(link->error));
		return;
	}
	if ((err = os_input_init(&gui.input, gui.env->ep, cap, &link->session, input_event)))
		os_warning(gui.env, "no input: %s", os_err_text(err));
}

/* ------------------------------------------------------------------ config */

void gui_focus_follow(struct gui *self)
{
	if (self->policy.focus_rom)
		router_focus(&self->router, router_find(&self->router, self->focus_label));
}

/* Take the label that the ROM module "focus" names. */
static void focus_read(void)
{
	struct os_view view;
	struct os_xml root;

	if (!gui.focus_rom.cap.cap.slot || os_rom_view(&gui.focus_rom, &view))
		return;
	root = os_xml_root(&view);
	if (os_xml_string(root, "label", gui.focus_label, sizeof(gui.focus_label)))
		*gui.focus_label = 0;
	os_view_fini(&view);
	gui_focus_follow(&gui);
}

static void handle_focus(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	focus_read();
	gui_update(&gui);
}

static enum os_err focus_open(void)
{
	enum os_err err;

	if ((err = os_rom_open(&gui.focus_rom, gui.env, "focus")) ||
	    (err = os_signal_handler_init(&gui.focus_handler, gui.env->ep, handle_focus)))
		return err;
	return os_rom_sigh(&gui.focus_rom, &gui.focus_handler);
}

/* Who decides about the focus. */
static void focus_config(void)
{
	enum os_err err;

	gui.router.focus_elsewhere = gui.policy.focus_rom;
	if (gui.policy.focus_rom && !gui.focus_rom.cap.cap.slot && (err = focus_open())) {
		os_error(gui.env, "config: focus=\"rom\": no ROM module \"focus\": %s",
		         os_err_text(err));
		os_signal_handler_fini(&gui.focus_handler);
		os_rom_close(&gui.focus_rom);
	}
	if (!gui.policy.focus_rom) {
		os_signal_handler_fini(&gui.focus_handler);
		os_rom_close(&gui.focus_rom);
	}
	focus_read();
}

static bool accept(struct os_config *config, struct os_xml root)
{
	char why[POLICY_TEXT];

	if (policy_read(&gui.policy, root, why))
		return true;
	os_error(config->env, "%s", why);
	return false;
}

static void take_config(void)
{
	gui.router.keys = gui.policy.keys;
	gui.router.key_count = gui.policy.key_count;
	gui.scene.background = gui.policy.background;
}

static void config_changed(struct os_config *config)
{
	(void)config;
	take_config();
	sessions_grant(&gui);
	captures_grant(&gui);
	router_check(&gui.router);
	focus_config();
	sessions_resized(&gui);
	damage(&gui.stack, gui.stack.screen);
	gui.views_changed = true;
	gui_update(&gui);
}

enum os_err os_construct(struct os_env *env)
{
	const struct os_session_args input = OS_LINK_ARGS(INPUT, NULL);
	enum os_err err;

	gui.env = env;
	gui.stack.damage = damage;
	gui.router.stack = &gui.stack;
	gui.router.deliver = deliver;
	gui.scene.stack = &gui.stack;
	arrow_draw(&gui.arrow);
	err = os_config_open_checked(&gui.config, env, accept);
	if (err && !gui.config.env)
		return err;
	take_config();
	if ((err = os_config_sigh(&gui.config, env->ep, config_changed)) ||
	    (err = sessions_init(&gui)) || (err = captures_init(&gui)) ||
	    (err = os_links_init(&gui.links, env, env->ep)) ||
	    /* input first: who sees something may begin to click */
	    (err = os_link_init(&gui.input_link, &gui.links, &input, input_changed)) ||
	    (err = output_init(&gui.output, &gui.links, env->ep, &gui.scene, resized, shown)))
		return err;
	focus_config();
	gui_update(&gui);
	return OS_OK;
}
