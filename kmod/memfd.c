// SPDX-License-Identifier: GPL-2.0
/*
 * Large payloads: a sealed memfd goes with the message, and the receiver gets a
 * file of its own for it. The bytes are never copied.
 *
 * Whether a send repeats an earlier one is decided under a lock, where no file
 * can be read, and between two files, since an event that is executed again
 * makes its memfd again. So a send takes a digest. One that collides deceives
 * nobody but the process that has sent both.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "copy.h"
#include "domain.h"
#include "memfd.h"

#define TW_MEMFD_CHUNK	16384

/* What is in such a message; the core knows the first member. */
struct tw_memfd_payload {
	struct tw_outside outside;
	struct file *file;
	struct tw_user *user;
};

static_assert(offsetof(struct tw_message, payload) + sizeof(struct tw_memfd_payload) <=
	      TW_MESSAGE_SMALL);
static_assert(sizeof(struct tw_memfd) == sizeof(struct tw_outside));

static struct tw_memfd_payload *tw_memfd_payload(const struct tw_message *m)
{
	return (struct tw_memfd_payload *)m->payload;
}

/* Can nobody change it any more? Seals are never taken off. */
static bool tw_memfd_sealed(const struct file *file)
{
	const unsigned int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == TMPFS_MAGIC && S_ISREG(inode->i_mode) &&
		(READ_ONCE(SHMEM_I(inode)->seals) & seals) == seals;
}

static int tw_memfd_digest(struct file *file, void *buf, struct tw_outside *o)
{
	siphash_key_t key = { { o->bytes, 0 } };
	loff_t pos = 0;
	ssize_t n;

	while (pos < o->bytes) {
		n = kernel_read(file, buf, TW_MEMFD_CHUNK, &pos);
		if (n <= 0)
			return -EFAULT;
		key.key[1] = siphash(buf, n, &key);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	o->digest = key.key[1];
	return 0;
}

/* May it be sent, and what will it be compared by? */
static int tw_memfd_examine(struct file *file, struct tw_outside *o)
{
	void *buf;
	int err;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!tw_memfd_sealed(file))
		return -EINVAL;
	o->bytes = i_size_read(file_inode(file));
	if (!o->bytes)
		return -EINVAL;
	if (o->bytes > TW_MEMFD_MAX)
		return -EMSGSIZE;
	buf = kmalloc(TW_MEMFD_CHUNK, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	err = tw_memfd_digest(file, buf, o);
	kfree(buf);
	return err;
}

/* A message that keeps @file, which is given away on success. */
static struct tw_message *tw_memfd_message(struct file *file)
{
	struct tw_memfd_payload payload = { .file = file };
	struct tw_message *m;
	int err = tw_memfd_examine(file, &payload.outside);

	if (err)
		return ERR_PTR(err);
	payload.user = tw_user_charge(TW_LIMIT_MEMFDS);
	if (IS_ERR(payload.user))
		return ERR_CAST(payload.user);
	m = tw_message_alloc(sizeof(payload), GFP_KERNEL_ACCOUNT);
	if (!m) {
		tw_user_uncharge(payload.user, TW_LIMIT_MEMFDS);
		return ERR_PTR(-ENOMEM);
	}
	*tw_memfd_payload(m) = payload;
	m->outside = true;
	/* Of the payload only what the core knows is compared and accounted for. */
	m->len = sizeof(payload.outside);
	return m;
}

/**
 * tw_memfd_read() - a message from a struct tw_memfd
 * @payload: it
 * @len: bytes of it
 *
 * May sleep.
 *
 * Return: the message; -EINVAL, -EBADF, -EMSGSIZE, -EDQUOT, -EFAULT,
 * -ENOMEM, or -EINTR when a fatal signal came.
 */
struct tw_message *tw_memfd_read(const void __user *payload, u32 len)
{
	struct tw_message *m;
	struct tw_memfd arg;
	struct file *file;

	if (len != sizeof(arg))
		return ERR_PTR(-EINVAL);
	if (tw_copy_in(&arg, payload, sizeof(arg)))
		return ERR_PTR(-EFAULT);
	if (arg.pad || arg.bytes)
		return ERR_PTR(-EINVAL);
	file = fget(arg.fd);
	if (!file)
		return ERR_PTR(-EBADF);
	m = tw_memfd_message(file);
	if (IS_ERR(m))
		fput(file);
	return m;
}

void tw_host_release(struct tw_message *m)
{
	struct tw_memfd_payload *payload = tw_memfd_payload(m);

	fput(payload->file);
	tw_user_uncharge(payload->user, TW_LIMIT_MEMFDS);
}

/**
 * tw_memfd_write() - give the caller a struct tw_memfd
 * @payload: to be written
 * @m: the message
 * @offset: of the new file
 * @pass: set on success; tw_memfd_passed() is next
 *
 * May sleep.
 *
 * Return: 0, -EMFILE, -ENFILE, -ENOMEM or -EFAULT.
 */
int tw_memfd_write(void __user *payload, const struct tw_message *m, loff_t offset,
		   struct tw_passing *pass)
{
	const struct tw_memfd_payload *from = tw_memfd_payload(m);
	struct tw_memfd arg = { .bytes = from->outside.bytes };
	int err = 0;

	pass->fd = get_unused_fd_flags(O_CLOEXEC);
	if (pass->fd < 0)
		return pass->fd;
	pass->file = dentry_open(&from->file->f_path, O_RDONLY | O_LARGEFILE, current_cred());
	if (IS_ERR(pass->file)) {
		put_unused_fd(pass->fd);
		return PTR_ERR(pass->file);
	}
	pass->file->f_pos = offset;
	arg.fd = pass->fd;
	if (tw_copy_out(payload, &arg, sizeof(arg)))
		err = -EFAULT;
	if (err)
		tw_memfd_passed(pass, err);
	return err;
}

/**
 * tw_memfd_passed() - install a descriptor, or do not
 * @pass: what tw_memfd_write() has set, or no file
 * @err: from telling the caller of it
 */
void tw_memfd_passed(struct tw_passing *pass, int err)
{
	if (pass->file)
		tw_file_publish(pass->fd, pass->file, err);
}

/**
 * tw_memfd_copy() - copy from the file of a message to user memory
 * @to: user memory
 * @m: the message
 * @offset: in the file
 * @len: bytes, all of which the file has
 *
 * May sleep.
 *
 * Return: 0, -EFAULT, -ENOMEM, or -EINTR when a fatal signal came.
 */
int tw_memfd_copy(char __user *to, const struct tw_message *m, loff_t offset, u32 len)
{
	struct file *file = tw_memfd_payload(m)->file;
	void *buf = kmalloc(TW_MEMFD_CHUNK, GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!buf)
		return -ENOMEM;
	while (len && !err) {
		ssize_t n = kernel_read(file, buf, min_t(u32, len, TW_MEMFD_CHUNK), &offset);

		if (n <= 0 || copy_to_user(to, buf, n)) {
			err = -EFAULT;
		} else {
			to += n;
			len -= n;
		}
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	kfree(buf);
	return err;
}
