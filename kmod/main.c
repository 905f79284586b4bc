// SPDX-License-Identifier: GPL-2.0
/* Timewarp: virtual-time IPC. The device, and the module's begin and end. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "domain.h"

static int tw_device_info(void *private, struct tw_call *call)
{
	struct tw_info *arg = call->arg;

	if (arg->pad)
		return -EINVAL;
	arg->abi_version = TW_ABI_VERSION;
	arg->features = 0;
	arg->payload_max = TW_PAYLOAD_MAX;
	return tw_respond(call);
}

static const struct tw_command tw_device_commands[] = {
	TW_COMMAND(TW_INFO, tw_info, pad, tw_device_info),
	TW_COMMAND(TW_DOMAIN_CREATE, tw_domain_create, memory, tw_domain_create),
	TW_COMMAND(TW_DOMAIN_OPEN, tw_domain_open, name, tw_domain_open),
};

static long tw_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return tw_dispatch(tw_device_commands, ARRAY_SIZE(tw_device_commands), NULL, cmd, arg);
}

static const struct file_operations tw_device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tw_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice tw_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "timewarp",
	.fops = &tw_device_fops,
};

static int __init tw_init(void)
{
	int err = tw_message_init();

	if (err)
		return err;
	tw_debugfs_init();
	err = misc_register(&tw_device);
	if (err) {
		tw_debugfs_exit();
		tw_message_exit();
	}
	return err;
}

static void __exit tw_exit(void)
{
	misc_deregister(&tw_device);
	tw_debugfs_exit();
	tw_message_exit();
}

module_init(tw_init);
module_exit(tw_exit);

MODULE_DESCRIPTION("Virtual-time IPC");
MODULE_LICENSE("GPL");
