/* SPDX-License-Identifier: BSD-2-Clause */
/* Widgets: a tree of them, where each is, and how input and drawing get to it. Pure. */

#ifndef WIDGET_WIDGET_H
#define WIDGET_WIDGET_H

#include <input/event.h>
#include <osier/list.h>
#include <widget/theme.h>

/*
 * A program makes widgets in memory of its own, puts them into boxes, and the outermost box into a
 * `struct os_ui`. Nothing here allocates, blocks, or copies text: strings stay the caller's, for as
 * long as the widget shows them.
 *
 *	os_box_init(&root, OS_BOX_COLUMN);
 *	os_label_init(&label, "Memory");
 *	os_button_init(&button, "Start", start_clicked);
 *	os_widget_add(&root.widget, &label.widget);
 *	os_widget_add(&root.widget, &button.widget);
 *	os_widget_window_open(&window, env, env->ep, &config, &root.widget);   (widget/window.h)
 *
 * Layout goes by natural sizes: how wide a widget would like to be, and how high it is then. What
 * room is left in a row or column goes to those with `grow`.
 */

struct os_widget;
struct os_ui;

/** What a widget draws with; nothing outside of `clip` may change, and nothing will. */
struct os_draw {
	const struct os_surface *to;
	struct os_rect clip;
	const struct os_theme *theme;
};

/** What a kind of widget does; NULL: nothing. */
struct os_widget_class {
	const char *name;
	bool focusable; /* keys can go to it */
	bool clips;     /* children are seen within its area only */
	uint32_t (*width)(const struct os_widget *widget, const struct os_theme *theme);
	uint32_t (*height)(const struct os_widget *widget, const struct os_theme *theme,
	                   uint32_t width);
	/** `area` is known now: place the children, by os_widget_place(). */
	void (*place)(struct os_widget *widget, const struct os_theme *theme);
	/** Draw the widget; its children are drawn afterwards. */
	void (*draw)(struct os_widget *widget, const struct os_draw *draw);
	/** True: that was for me. Positions are those of the window. */
	bool (*input)(struct os_widget *widget, const struct os_input_event *event);
	/** It has the focus now, or no longer. */
	void (*focused)(struct os_widget *widget, bool focused);
};

/** Where a widget stays, across its row or column. */
enum os_align { OS_ALIGN_FILL, OS_ALIGN_START, OS_ALIGN_MIDDLE, OS_ALIGN_END };

/** A widget: embed it first. Zero with a class is one; set what is not for reading only. */
struct os_widget {
	const struct os_widget_class *class;
	void *context;                  /* the program's */
	uint32_t grow;                  /* its share of the room that is left over */
	uint32_t min_width, min_height; /* at least */
	enum os_align align;
	bool hidden, disabled; /* to be changed by os_widget_hide() and os_widget_disable() */

	/* for reading */
	struct os_rect area; /* in the window */
	struct os_ui *ui;
	struct os_widget *parent;
	struct os_list children;
	struct os_list_node node;
};

/** A tree of widgets, and what the person does with it. */
struct os_ui {
	const struct os_theme *theme;
	struct os_widget *root;
	/** Have these pixels drawn again. */
	void (*damage)(struct os_ui *ui, struct os_rect rect);
	/** A key that no widget wanted; may be NULL. */
	bool (*key)(struct os_ui *ui, const struct os_input_event *event);
	void *context;

	/* for reading */
	uint32_t width, height;
	struct os_widget *focus;   /* keys go there */
	struct os_widget *hover;   /* the pointer is on it */
	struct os_widget *pressed; /* has the pointer as long as the button is down */
	int32_t x, y;              /* the pointer */
	bool active;               /* the window has the keyboard */
	bool shift, control;
	bool misplaced; /* to be laid out before anything else */
};

/* ------------------------------------------------------------------ trees */

/** Put `child`, which is in no tree, behind the other children of `parent`, or before `before`. */
void os_widget_add(struct os_widget *parent, struct os_widget *child);
void os_widget_insert(struct os_widget *parent, struct os_widget *child, struct os_widget *before);

/** Take it, with what is in it, out of its parent; none: nothing happens. */
void os_widget_remove(struct os_widget *widget);

void os_widget_hide(struct os_widget *widget, bool hidden);
void os_widget_disable(struct os_widget *widget, bool disabled);

/** Its looks have changed; its size may have changed. */
void os_widget_changed(struct os_widget *widget);
void os_widget_resized(struct os_widget *widget);

/** Have keys go to it, if it takes any, and scroll it into view. */
void os_widget_focus(struct os_widget *widget);
bool os_widget_has_focus(const struct os_widget *widget); /* and its window has the keyboard */
bool os_widget_is_hovered(const struct os_widget *widget);
bool os_widget_is_pressed(const struct os_widget *widget); /* and the pointer is on it */

/* ------------------------------------------------------------------ the whole */

/** The theme stays the caller's. `key` and `context` may be set afterwards. */
void os_ui_init(struct os_ui *ui, const struct os_theme *theme, struct os_widget *root,
                void (*damage)(struct os_ui *ui, struct os_rect rect));
void os_ui_fini(struct os_ui *ui);

void os_ui_resize(struct os_ui *ui, uint32_t width, uint32_t height);

/** Another theme, or the same with other values: all is laid out and drawn anew. */
void os_ui_theme(struct os_ui *ui, const struct os_theme *theme);

/** Any event of an Input session; true: it was for a widget. */
bool os_ui_input(struct os_ui *ui, const struct os_input_event *event);

void os_ui_draw(struct os_ui *ui, const struct os_surface *to, struct os_rect clip);

/** How large it would like to be. */
uint32_t os_ui_natural_width(const struct os_ui *ui);
uint32_t os_ui_natural_height(const struct os_ui *ui, uint32_t width);

/** Keys to the next widget that takes any, or the last one before. */
void os_ui_focus_next(struct os_ui *ui, bool backward);

/* ------------------------------------------------------------------ for classes */

uint32_t os_widget_width(const struct os_widget *widget, const struct os_theme *theme);
uint32_t os_widget_height(const struct os_widget *widget, const struct os_theme *theme,
                          uint32_t width);
void os_widget_place(struct os_widget *widget, const struct os_theme *theme, struct os_rect area);

/** Text in one line, vertically in the middle of `area`; what is too long ends in "…". */
void os_draw_text(const struct os_draw *draw, struct os_font *font, struct os_rect area,
                  enum os_align align, os_pixel colour, const char *text);
uint32_t os_text_width(struct os_font *font, const char *text); /* pixels */

/** The mark of focus, around `area`. */
void os_draw_focus(const struct os_draw *draw, struct os_rect area);

/* ------------------------------------------------------------------ boxes */

enum os_box_direction { OS_BOX_ROW, OS_BOX_COLUMN };

/** Children beside or below each other. `space` and `margin`: in pixels; -1: the theme's space. */
struct os_box {
	struct os_widget widget;
	enum os_box_direction direction;
	int32_t space, margin; /* between children; around all of them */
	bool panel;            /* has a background of its own, with round corners */
};

/** Space of the theme between children, no margin. */
void os_box_init(struct os_box *box, enum os_box_direction direction);

/** One child, of which a part is seen at a time: vertically. */
struct os_scroll {
	struct os_widget widget;
	int32_t offset; /* of what is seen, from the child's top */
	int32_t grip;   /* where the bar is held; -1: it is not */
};

void os_scroll_init(struct os_scroll *scroll);

/** Show what is `offset` pixels down, as far as there is that much. */
void os_scroll_to(struct os_scroll *scroll, int32_t offset);

/** Scroll no further than needed to show `area` (of the window, as it is now). */
void os_scroll_show(struct os_scroll *scroll, struct os_rect area);

#endif
