/* SPDX-License-Identifier: BSD-2-Clause */
/* Plots: values over time, moving to the left. */

#include <widget/controls.h>

#include "internal.h"

enum { NATURAL_WIDTH = 160, NATURAL_HEIGHT = 80, GRID = 4 };

static const struct os_plot *plot_of(const struct os_widget *widget)
{
	return container_of(widget, struct os_plot, widget);
}

static uint32_t plot_width(const struct os_widget *widget, const struct os_theme *theme)
{
	(void)widget;
	(void)theme;
	return NATURAL_WIDTH;
}

static uint32_t plot_height(const struct os_widget *widget, const struct os_theme *theme,
                            uint32_t width)
{
	(void)widget;
	(void)theme;
	(void)width;
	return NATURAL_HEIGHT;
}

/* The value `age` samples ago; 0 is the latest. */
static uint32_t sample(const struct os_plot *plot, uint32_t series, uint32_t age)
{
	const uint32_t at = (plot->next + plot->room - 1 - age) % plot->room;

	return plot->samples[series * plot->room + at];
}

static uint32_t top_of(const struct os_plot *plot)
{
	uint32_t top = plot->most;

	if (top)
		return top;
	for (uint32_t series = 0; series < plot->series; series++)
		for (uint32_t age = 0; age < plot->count; age++)
			top = OS_MAX(top, sample(plot, series, age));
	return OS_MAX(top, 1);
}

static int32_t height_of(const struct os_rect *area, uint32_t value, uint32_t top)
{
	return (int32_t)((uint64_t)OS_MIN(value, top) * (uint64_t)(area->height - 1) / top);
}

/* Where a sample is: the oldest that there is room for at the left edge. */
static int32_t column_of(const struct os_plot *plot, const struct os_rect *area, uint32_t age)
{
	const int64_t last = plot->room > 1 ? plot->room - 1 : 1;

	return area->x + area->width - 1 - (int32_t)(age * (int64_t)(area->width - 1) / last);
}

static os_pixel colour_of(const struct os_plot *plot, const struct os_theme *theme, uint32_t series)
{
	const os_pixel usual[OS_PLOT_SERIES] = { theme->accent, theme->warning, theme->text,
		                                 theme->faint };

	return plot->colours[series] ? plot->colours[series] : usual[series];
}

/* A quarter of a colour, to fill with. */
static os_pixel quarter(os_pixel colour)
{
	return colour >> 2 & 0x3f3f3f3f;
}

static void series_draw(const struct os_plot *plot, const struct os_draw *draw,
                        const struct os_rect *area, uint32_t series, uint32_t top)
{
	const os_pixel colour = colour_of(plot, draw->theme, series);
	const int32_t bottom = area->y + area->height - 1;

	for (uint32_t age = 0; age + 1 < plot->count; age++) {
		const int32_t x = column_of(plot, area, age), last = column_of(plot, area, age + 1);
		const int32_t y = bottom - height_of(area, sample(plot, series, age), top);
		const int32_t before = bottom - height_of(area, sample(plot, series, age + 1), top);

		for (int32_t column = last + 1; series == 0 && column <= x; column++) {
			const int32_t high = before + (y - before) * (column - last) / (x - last);

			os_blit_tint(draw->to,
			             os_rect_intersect(draw->clip,
			                               (struct os_rect){ column, high, 1,
			                                                 bottom - high + 1 }),
			             quarter(colour));
		}
		os_paint_line(draw->to, draw->clip, last, before, x, y, colour);
	}
}

static void plot_draw(struct os_widget *widget, const struct os_draw *draw)
{
	const struct os_plot *plot = plot_of(widget);
	const struct os_rect area = rect_inset(widget->area, 2);
	const uint32_t top = top_of(plot);
	struct os_draw inner = *draw;

	os_paint_round(draw->to, draw->clip, widget->area, draw->theme->radius, draw->theme->panel);
	inner.clip = os_rect_intersect(draw->clip, area);
	for (int32_t i = 1; i < GRID; i++) {
		const int32_t y = area.y + area.height * i / GRID;

		os_paint_line(inner.to, inner.clip, area.x, y, area.x + area.width - 1, y,
		              draw->theme->line);
	}
	for (uint32_t series = plot->series; series-- > 0 && area.width > 1;)
		series_draw(plot, &inner, &area, series, top);
}

static const struct os_widget_class plot_class = {
	.name = "plot",
	.width = plot_width,
	.height = plot_height,
	.draw = plot_draw,
};

void os_plot_init(struct os_plot *plot, uint32_t *samples, uint32_t room, uint32_t series)
{
	OS_ASSERT(room && series && series <= OS_PLOT_SERIES);
	*plot = (struct os_plot){ .widget = { .class = &plot_class },
		                  .samples = samples,
		                  .room = room,
		                  .series = series };
}

void os_plot_add(struct os_plot *plot, const uint32_t *values)
{
	for (uint32_t series = 0; series < plot->series; series++)
		plot->samples[series * plot->room + plot->next] = values[series];
	plot->next = (plot->next + 1) % plot->room;
	plot->count = OS_MIN(plot->count + 1, plot->room);
	os_widget_changed(&plot->widget);
}
