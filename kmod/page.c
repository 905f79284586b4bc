// SPDX-License-Identifier: GPL-2.0
/* The mapped pages. A fork inherits a domain's, and not a process's. */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat/compat.h"
#include "incarnation.h"

static bool tw_vma_fits(const struct vm_area_struct *vma)
{
	/* Not VM_SHARED, which a file that is open for reading only does not give. */
	return vma->vm_end - vma->vm_start == PAGE_SIZE && vma->vm_flags & VM_MAYSHARE;
}

/**
 * tw_domain_mmap() - map a domain's page, read-only
 * @d: the domain
 * @vma: from mmap(2)
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_domain_mmap(struct tw_domain *d, struct vm_area_struct *vma)
{
	if (!tw_vma_fits(vma))
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(d->page));
}

/**
 * tw_process_mmap() - map the page of the caller, who is the running incarnation
 * @p: the process
 * @vma: from mmap(2)
 *
 * Return: 0, or an error as the UAPI says.
 */
int tw_process_mmap(struct tw_process *p, struct vm_area_struct *vma)
{
	struct tw_process_page *page;
	struct tw_who who;
	int err;

	if (!tw_vma_fits(vma))
		return -EINVAL;
	if (get_nr_threads(current) != 1)
		return -EUSERS;
	who = tw_current();
	page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);
	err = vm_insert_page(vma, vma->vm_start, virt_to_page(page));
	if (!err)
		err = tw_map_page(&p->proc, &who, page);
	if (err)
		free_page((unsigned long)page);
	/* Not tw_error(), which may wait: the caller holds its mmap lock. */
	return err == -EINPROGRESS ? -EINTR : err;
}
