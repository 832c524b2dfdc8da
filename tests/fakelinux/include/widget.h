/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _WIDGET_H
#define _WIDGET_H

#include <linux/types.h>

/* #if in a comment is no condition */
#define WIDGET_MAX	30	/* longest name */

struct widget {
	unsigned long start;	/* first byte */
	unsigned long end;
	bool top_down;
#ifdef CONFIG_WIDGET_DEBUG
	const char __user *name;
#endif
	struct range ranges[] __counted_by(nr);
};

#ifdef CONFIG_WIDGET
int widget_add(struct widget *w);
void widget_free(struct widget *w);
#else /* !CONFIG_WIDGET */
static inline int widget_add(struct widget *w) { return 0; }
static inline void widget_free(struct widget *w) { }
#endif /* CONFIG_WIDGET */

#endif /* _WIDGET_H */
