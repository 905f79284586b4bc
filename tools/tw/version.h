/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TW_VERSION
#define TW_VERSION "0.1"
#endif
