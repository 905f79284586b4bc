// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/timewarp.h>

#include "tw/cli.h"
#include "tw/commands.h"
#include "tw/json.h"
#include "tw/version.h"

#define DEVICE "/dev/timewarp"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	cli_json = true;
	return 0;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "json", 'j', NULL, 0, "Print one JSON object", 0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Tell what the kernel module offers.\v"
	       "EXAMPLES\n"
	       "  tw info\n"
	       "  tw info --json",
};

static int query(struct tw_info *info)
{
	int fd, ret;

	fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	ret = ioctl(fd, TW_INFO, info) ? -errno : 0;
	close(fd);
	return ret;
}

static void print_json(const struct tw_info *info)
{
	struct json j;

	json_begin(&j, stdout);
	json_str(&j, "version", TW_VERSION);
	json_u64(&j, "abi_version", info->abi_version);
	json_u64(&j, "features", info->features);
	json_u64(&j, "payload_max", info->payload_max);
	json_end(&j);
}

static void print_text(const struct tw_info *info)
{
	printf("tw             %s\n", TW_VERSION);
	printf("ABI version    %u\n", info->abi_version);
	printf("features       %#llx\n", (unsigned long long)info->features);
	printf("payload        at most %u bytes\n", info->payload_max);
}

int tw_cmd_info(int argc, char **argv)
{
	struct tw_info info;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	ret = query(&info);
	if (ret == -ENOENT || ret == -ENXIO)
		return cli_failed(
			DEVICE
			" is not there; load the module (modprobe timewarp)");
	if (ret)
		return cli_failed(DEVICE ": %s", strerror(-ret));
	if (cli_json)
		print_json(&info);
	else
		print_text(&info);
	return CLI_OK;
}
