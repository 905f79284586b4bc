/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between the kernels that the module builds for: 6.1 and up. */
#ifndef TW_COMPAT_H
#define TW_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#endif /* TW_COMPAT_H */
