// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/init.h>
#ifdef CONFIG_WIDGET_DEBUG
#include <linux/debugfs.h>
#endif

static int widget_limit = 16;

/**
 * widget_add - add a widget
 * @w:	The widget.
 */
int widget_add(struct widget *w)
{
	unsigned long size;
	int ret = 0;

	/* Too small */
	if (w->end < w->start)
		return -EINVAL;

	size = w->end - w->start;
	if (size > WIDGET_MAX) {
		pr_err("too large: %lu\n", size);
		ret = -E2BIG;
		goto out;
	}

	ret = widget_register(w);
	if (ret)
		goto out;

	while (widget_busy(w)) {
		cpu_relax();
	}

	widget_notify(w);
	widget_notify(w);
out:
	mutex_unlock(&widget_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(widget_add);

SYSCALL_DEFINE3(widget_load, int, fd, unsigned long, len,
		const char __user *, name)
{
	int i;

	for (i = 0; i < len; i++)
		widget_step(i);
	return 0;
}

#if defined(CONFIG_SMP) && \
    defined(CONFIG_HOTPLUG)
static void widget_shoot(void)
{
	stop();
}
#elif IS_ENABLED(CONFIG_UP)
static void widget_shoot(void) { }
#else
void widget_shoot(void)
{
	nothing();
}
#endif

static int __init widget_setup(char *arg)
{
	return 0;
}
early_param("widget", widget_setup);

static struct attribute *widget_attrs[] = {
	&start_attr.attr,
#ifdef CONFIG_WIDGET_DEBUG
	&debug_attr.attr,
#endif
	NULL
};
