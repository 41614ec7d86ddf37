/* SPDX-License-Identifier: BSD-2-Clause */
/* The widgets that programs are made of. */

#ifndef WIDGET_CONTROLS_H
#define WIDGET_CONTROLS_H

#include <widget/widget.h>

/* ------------------------------------------------------------------ what is only seen */

/** Text, in one line, or broken at spaces and line feeds so as to be no wider than its place. */
struct os_label {
	struct os_widget widget;
	const char *text;
	enum os_align text_align;
	bool bold, mono, faint, wrap;
};

void os_label_init(struct os_label *label, const char *text);
void os_label_set(struct os_label *label, const char *text);

/** A line, across its row or column. */
struct os_separator {
	struct os_widget widget;
};

void os_separator_init(struct os_separator *separator);

/** A picture at its own size; larger, or smaller, where the layout says so and `stretch` is set. */
struct os_picture {
	struct os_widget widget;
	const struct os_surface *surface;
	bool stretch;
};

void os_picture_init(struct os_picture *picture, const struct os_surface *surface);

/** How much of something is used: text on a bar. From 90 per cent on it warns. */
struct os_bar {
	struct os_widget widget;
	uint64_t value, limit; /* limit 0: there is none */
	const char *text;      /* NULL: none */
};

void os_bar_init(struct os_bar *bar, const char *text);
void os_bar_set(struct os_bar *bar, uint64_t value, uint64_t limit, const char *text);

/** Values over time, the latest at the right: up to OS_PLOT_SERIES lines, one of them filled. */
enum { OS_PLOT_SERIES = 4 };

struct os_plot {
	struct os_widget widget;
	uint32_t *samples;                /* the caller's: room x series of them */
	uint32_t room;                    /* of one series */
	uint32_t series;                  /* how many there are */
	uint32_t most;                    /* value at the top; 0: the largest there is */
	os_pixel colours[OS_PLOT_SERIES]; /* 0: by the theme */
	uint32_t count;                   /* so far, at most `room` */
	uint32_t next;                    /* where the next ones go */
};

void os_plot_init(struct os_plot *plot, uint32_t *samples, uint32_t room, uint32_t series);

/** One value for each series. */
void os_plot_add(struct os_plot *plot, const uint32_t *values);

/* ------------------------------------------------------------------ what can be done */

/** A button: clicked by the pointer, Enter or Space. */
struct os_button {
	struct os_widget widget;
	const char *text;
	void (*clicked)(struct os_button *button);
	bool on;     /* shown as being on */
	bool flat;   /* without a background, unless hovered: for toolbars, links and lists */
	bool danger; /* in the colour of warnings */
	bool held;   /* by Space */
};

void os_button_init(struct os_button *button, const char *text,
                    void (*clicked)(struct os_button *button));
void os_button_set(struct os_button *button, const char *text, bool on);

/** A box to be ticked. */
struct os_check {
	struct os_widget widget;
	const char *text;
	void (*changed)(struct os_check *check);
	bool on;
};

void os_check_init(struct os_check *check, const char *text,
                   void (*changed)(struct os_check *check));

/** A line of text to be edited, UTF-8. */
struct os_entry {
	struct os_widget widget;
	char *text;       /* the caller's, always terminated */
	size_t size;      /* of that */
	const char *hint; /* shown while it is empty; NULL: none */
	void (*changed)(struct os_entry *entry);
	void (*entered)(struct os_entry *entry); /* by Enter */
	size_t cursor, anchor;                   /* bytes; what is between them is selected */
	int32_t offset;                          /* of what is seen, in pixels */
};

/** What stands in `text` is valid UTF-8. */
void os_entry_init(struct os_entry *entry, char *text, size_t size);
/** False: it is too long, or not valid; all is as it was. */
bool os_entry_set(struct os_entry *entry, const char *text);

/** Rows of a list; `row` is from 0 up. */
struct os_items;
struct os_items_ops {
	/** What a row says; NULL where `draw` does all of it. */
	const char *(*text)(struct os_items *items, uint32_t row);
	/** Instead of text, or NULL; the background is drawn already. */
	void (*draw)(struct os_items *items, const struct os_draw *draw, struct os_rect area,
	             uint32_t row, os_pixel text);
	void (*selected)(struct os_items *items, uint32_t row); /* or NULL */
	void (*activated)(struct os_items *items,
	                  uint32_t row); /* by Enter or two clicks; or NULL */
};

/** A list that scrolls. */
struct os_items {
	struct os_widget widget;
	const struct os_items_ops *ops;
	uint32_t count;      /* of rows */
	uint32_t row_height; /* 0: a line of text */
	uint32_t visible;    /* rows that its natural height is for */
	int64_t selection;   /* a row; -1: none */
	int32_t offset;      /* of what is seen, in pixels */
	int32_t grip;        /* where the bar is held; -1: it is not */
};

void os_items_init(struct os_items *items, const struct os_items_ops *ops, uint32_t visible);

/** There are `count` rows now, perhaps others. The selection stays where there is such a row. */
void os_items_set(struct os_items *items, uint32_t count);
void os_items_select(struct os_items *items, int64_t row);

#endif
