// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include "gadget.h"

#define GADGET_MAX	8
#define gadget_each(g, list) \
	list_for_each_entry(g, list, node)

struct gadget_box {
	struct list_head list;
	unsigned int count : 4;
	int (*open)(struct gadget_box *box);
};

static struct gadget_box box;

static int gadget_open(struct gadget_box *unused);

static const struct gadget_ops gadget_ops = {
	.open = gadget_open,
	.name = "gadget",
};

/* Says it, in colour. */
__printf(1, 2)
static void gadget_say(const char *format, ...)
{
	vprintk(format);
}

static inline int gadget_none(void) { return 0; }

static int gadget_open(struct gadget_box *unused)
{
	struct gadget *g;
	int n = 0;	/* how many */
	/* and no more */

	gadget_each(g, &box.list)
		gadget_count(g);

	list_for_each_entry(g, &box.list, node)
		gadget_say("%p", g);

	list_for_each_entry(g, &box.list, node) {
		gadget_poke(g);
	}

	switch (n) {
	case 0:
		gadget_say("none");
		break;
	default:
		gadget_say("%d", n);
	}

	do {
		n = gadget_next(n);
	} while (n);

	{
		gadget_rest();
	}

	if (n)
		goto again;
	else if (gadget_none())
		return 1;
again:
	return n;
}
EXPORT_SYMBOL(gadget_open);

#ifdef CONFIG_GADGET_FAST
#define GADGET_STEP	4
#else
#define GADGET_STEP	1
#endif
