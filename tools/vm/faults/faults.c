// SPDX-License-Identifier: GPL-2.0
/*
 * faults.c - a module that does what a good one never does
 *
 * Writing a fault's name to the parameter "fault" commits it. The test machine
 * proves with it that it notices.
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static struct kmem_cache *cache;
static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);

static void fault_warn(void)
{
	WARN(1, "a warning on purpose\n");
}

static void fault_panic(void)
{
	panic("a panic on purpose");
}

static void fault_oops(void)
{
	char *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

/* What is left when the emulator runs a patch's breakpoint too late. */
static void fault_breakpoint(void)
{
	asm volatile("int3");
}

static void fault_hang(void)
{
	for (;;)
		msleep(1000);
}

/* An object that outlives its cache: reported when the module goes. */
static void fault_slab(void)
{
	if (!kmem_cache_alloc(cache, GFP_KERNEL))
		pr_info("no object\n");
}

/* No pointer to it stays anywhere: only kmemleak can tell. */
static void fault_leak(void)
{
	int i;

	for (i = 0; i < 16; i++)
		if (!kmalloc(200, GFP_KERNEL))
			pr_info("no memory\n");
}

/* A reference nobody gives back: the module can never go. */
static void fault_hold(void)
{
	__module_get(THIS_MODULE);
}

/* Both orders, one after the other: harmless now, but lockdep knows better. */
static void fault_lockdep(void)
{
	spin_lock(&lock_a);
	spin_lock(&lock_b);
	spin_unlock(&lock_b);
	spin_unlock(&lock_a);
	spin_lock(&lock_b);
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	spin_unlock(&lock_b);
}

/* One byte behind an object: KASAN sees it. */
static void fault_kasan(void)
{
	char *p = kmalloc(24, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	if (p)
		p[24] = 1;
	kfree(p);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "warn", fault_warn },
	{ "panic", fault_panic },
	{ "oops", fault_oops },
	{ "breakpoint", fault_breakpoint },
	{ "hang", fault_hang },
	{ "slab", fault_slab },
	{ "leak", fault_leak },
	{ "hold", fault_hold },
	{ "lockdep", fault_lockdep },
	{ "kasan", fault_kasan },
};

static int fault_set(const char *val, const struct kernel_param *kp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(val, faults[i].name)) {
			faults[i].commit();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops fault_ops = { .set = fault_set };
module_param_cb(fault, &fault_ops, NULL, 0200);
MODULE_PARM_DESC(fault, "the fault to commit");

static int __init faults_init(void)
{
	cache = kmem_cache_create("faults", 128, 0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}
module_init(faults_init);

static void __exit faults_exit(void)
{
	kmem_cache_destroy(cache);
}
module_exit(faults_exit);

MODULE_DESCRIPTION("Faults on purpose, to test the test machine");
MODULE_LICENSE("GPL");
