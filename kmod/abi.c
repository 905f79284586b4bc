// SPDX-License-Identifier: GPL-2.0
/* The ABI as it was published: nothing here may move. */
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/timewarp.h>

#define TW_SIZE(type, size) \
	static_assert(sizeof(struct type) == (size))
#define TW_OFFSET(type, member, offset) \
	static_assert(offsetof(struct type, member) == (offset))

TW_SIZE(tw_info, 24);
TW_OFFSET(tw_info, size, 0);
TW_OFFSET(tw_info, abi_version, 4);
TW_OFFSET(tw_info, features, 8);
TW_OFFSET(tw_info, payload_max, 16);
TW_OFFSET(tw_info, pad, 20);

TW_SIZE(tw_domain_create, 72);
TW_OFFSET(tw_domain_create, size, 0);
TW_OFFSET(tw_domain_create, flags, 4);
TW_OFFSET(tw_domain_create, cancellation, 8);
TW_OFFSET(tw_domain_create, gvt_interval_us, 12);
TW_OFFSET(tw_domain_create, fd, 16);
TW_OFFSET(tw_domain_create, mode, 20);
TW_OFFSET(tw_domain_create, name, 24);
TW_OFFSET(tw_domain_create, running, 40);
TW_OFFSET(tw_domain_create, pad, 44);
TW_OFFSET(tw_domain_create, window, 48);
TW_OFFSET(tw_domain_create, slack, 56);
TW_OFFSET(tw_domain_create, memory, 64);

TW_SIZE(tw_domain_open, 32);
TW_OFFSET(tw_domain_open, size, 0);
TW_OFFSET(tw_domain_open, flags, 4);
TW_OFFSET(tw_domain_open, fd, 8);
TW_OFFSET(tw_domain_open, pad, 12);
TW_OFFSET(tw_domain_open, name, 16);

TW_SIZE(tw_domain_start, 8);
TW_OFFSET(tw_domain_start, size, 0);
TW_OFFSET(tw_domain_start, flags, 4);

TW_SIZE(tw_domain_stat, 456);
TW_OFFSET(tw_domain_stat, size, 0);
TW_OFFSET(tw_domain_stat, state, 4);
TW_OFFSET(tw_domain_stat, failure, 8);
TW_OFFSET(tw_domain_stat, failed_status, 12);
TW_OFFSET(tw_domain_stat, failed_process, 16);
TW_OFFSET(tw_domain_stat, failed_time, 24);
TW_OFFSET(tw_domain_stat, gvt, 32);
TW_OFFSET(tw_domain_stat, gvt_rounds, 40);
TW_OFFSET(tw_domain_stat, processes, 48);
TW_OFFSET(tw_domain_stat, sinks, 56);
TW_OFFSET(tw_domain_stat, messages, 64);
TW_OFFSET(tw_domain_stat, message_bytes, 72);
TW_OFFSET(tw_domain_stat, message_bytes_peak, 80);
TW_OFFSET(tw_domain_stat, balance, 88);
TW_OFFSET(tw_domain_stat, sends, 96);
TW_OFFSET(tw_domain_stat, delivered, 104);
TW_OFFSET(tw_domain_stat, committed, 112);
TW_OFFSET(tw_domain_stat, events, 120);
TW_OFFSET(tw_domain_stat, events_committed, 128);
TW_OFFSET(tw_domain_stat, rollbacks_primary, 136);
TW_OFFSET(tw_domain_stat, rollbacks_secondary, 144);
TW_OFFSET(tw_domain_stat, rollback_depth, 152);
TW_OFFSET(tw_domain_stat, antimessages, 160);
TW_OFFSET(tw_domain_stat, annihilated_pending, 168);
TW_OFFSET(tw_domain_stat, annihilated_early, 176);
TW_OFFSET(tw_domain_stat, lazy_hits, 184);
TW_OFFSET(tw_domain_stat, coasted, 192);
TW_OFFSET(tw_domain_stat, snapshots, 200);
TW_OFFSET(tw_domain_stat, snapshots_live, 208);
TW_OFFSET(tw_domain_stat, resumes, 216);
TW_OFFSET(tw_domain_stat, fossils, 224);
TW_OFFSET(tw_domain_stat, violations, 232);
TW_OFFSET(tw_domain_stat, committed_bytes, 240);
TW_OFFSET(tw_domain_stat, failures, 248);
TW_OFFSET(tw_domain_stat, lost, 256);
TW_OFFSET(tw_domain_stat, violation_process, 264);
TW_OFFSET(tw_domain_stat, violation_receiver, 272);
TW_OFFSET(tw_domain_stat, violation_send_time, 280);
TW_OFFSET(tw_domain_stat, violation_recv_time, 288);
TW_OFFSET(tw_domain_stat, violation_index, 296);
TW_OFFSET(tw_domain_stat, violation_kind, 300);
TW_OFFSET(tw_domain_stat, failed_pid, 304);
TW_OFFSET(tw_domain_stat, pad, 308);
TW_OFFSET(tw_domain_stat, ports, 312);
TW_OFFSET(tw_domain_stat, injected, 320);
TW_OFFSET(tw_domain_stat, held, 328);
TW_OFFSET(tw_domain_stat, throttled, 336);
TW_OFFSET(tw_domain_stat, window, 344);
TW_OFFSET(tw_domain_stat, slack, 352);
TW_OFFSET(tw_domain_stat, spawned, 360);
TW_OFFSET(tw_domain_stat, unspawned, 368);
TW_OFFSET(tw_domain_stat, missed, 376);
TW_OFFSET(tw_domain_stat, memory_budget, 384);
TW_OFFSET(tw_domain_stat, memory, 392);
TW_OFFSET(tw_domain_stat, memory_peak, 400);
TW_OFFSET(tw_domain_stat, cancelbacks, 408);
TW_OFFSET(tw_domain_stat, memory_waits, 416);
TW_OFFSET(tw_domain_stat, pushed_back, 424);
TW_OFFSET(tw_domain_stat, stalls, 432);
TW_OFFSET(tw_domain_stat, stall_process, 440);
TW_OFFSET(tw_domain_stat, stall_reason, 448);
TW_OFFSET(tw_domain_stat, pad2, 452);

TW_SIZE(tw_domain_wait, 40);
TW_OFFSET(tw_domain_wait, size, 0);
TW_OFFSET(tw_domain_wait, flags, 4);
TW_OFFSET(tw_domain_wait, until, 8);
TW_OFFSET(tw_domain_wait, timeout_ns, 16);
TW_OFFSET(tw_domain_wait, gvt, 24);
TW_OFFSET(tw_domain_wait, state, 32);
TW_OFFSET(tw_domain_wait, pad, 36);

TW_SIZE(tw_process_create, 72);
TW_OFFSET(tw_process_create, size, 0);
TW_OFFSET(tw_process_create, flags, 4);
TW_OFFSET(tw_process_create, id, 8);
TW_OFFSET(tw_process_create, fd, 16);
TW_OFFSET(tw_process_create, cancellation, 20);
TW_OFFSET(tw_process_create, snapshot_interval, 24);
TW_OFFSET(tw_process_create, pad, 28);
TW_OFFSET(tw_process_create, name, 32);
TW_OFFSET(tw_process_create, interval_min, 48);
TW_OFFSET(tw_process_create, interval_max, 52);
TW_OFFSET(tw_process_create, snapshots_max, 56);
TW_OFFSET(tw_process_create, state, 60);
TW_OFFSET(tw_process_create, memory, 64);

TW_SIZE(tw_process_stat, 184);
TW_OFFSET(tw_process_stat, size, 0);
TW_OFFSET(tw_process_stat, state, 4);
TW_OFFSET(tw_process_stat, id, 8);
TW_OFFSET(tw_process_stat, lvt, 16);
TW_OFFSET(tw_process_stat, pid, 24);
TW_OFFSET(tw_process_stat, exit_status, 28);
TW_OFFSET(tw_process_stat, guardian, 32);
TW_OFFSET(tw_process_stat, snapshots_live, 36);
TW_OFFSET(tw_process_stat, pending, 40);
TW_OFFSET(tw_process_stat, delivered, 48);
TW_OFFSET(tw_process_stat, events, 56);
TW_OFFSET(tw_process_stat, rollbacks_primary, 64);
TW_OFFSET(tw_process_stat, rollbacks_secondary, 72);
TW_OFFSET(tw_process_stat, rollback_depth, 80);
TW_OFFSET(tw_process_stat, sends, 88);
TW_OFFSET(tw_process_stat, antimessages, 96);
TW_OFFSET(tw_process_stat, snapshots, 104);
TW_OFFSET(tw_process_stat, snapshot_interval, 112);
TW_OFFSET(tw_process_stat, name, 120);
TW_OFFSET(tw_process_stat, throttled, 136);
TW_OFFSET(tw_process_stat, snapshots_thinned, 144);
TW_OFFSET(tw_process_stat, memory_budget, 152);
TW_OFFSET(tw_process_stat, memory, 160);
TW_OFFSET(tw_process_stat, memory_waits, 168);
TW_OFFSET(tw_process_stat, pushed_back, 176);

TW_SIZE(tw_sink_create, 48);
TW_OFFSET(tw_sink_create, size, 0);
TW_OFFSET(tw_sink_create, flags, 4);
TW_OFFSET(tw_sink_create, id, 8);
TW_OFFSET(tw_sink_create, fd, 16);
TW_OFFSET(tw_sink_create, pad, 20);
TW_OFFSET(tw_sink_create, name, 24);
TW_OFFSET(tw_sink_create, bound, 40);

TW_SIZE(tw_port_create, 48);
TW_OFFSET(tw_port_create, size, 0);
TW_OFFSET(tw_port_create, flags, 4);
TW_OFFSET(tw_port_create, id, 8);
TW_OFFSET(tw_port_create, fd, 16);
TW_OFFSET(tw_port_create, pad, 20);
TW_OFFSET(tw_port_create, promise, 24);
TW_OFFSET(tw_port_create, name, 32);

TW_SIZE(tw_inject, 48);
TW_OFFSET(tw_inject, size, 0);
TW_OFFSET(tw_inject, flags, 4);
TW_OFFSET(tw_inject, receiver, 8);
TW_OFFSET(tw_inject, recv_time, 16);
TW_OFFSET(tw_inject, priority, 24);
TW_OFFSET(tw_inject, payload, 32);
TW_OFFSET(tw_inject, len, 40);
TW_OFFSET(tw_inject, pad, 44);

TW_SIZE(tw_promise, 16);
TW_OFFSET(tw_promise, size, 0);
TW_OFFSET(tw_promise, flags, 4);
TW_OFFSET(tw_promise, promise, 8);

TW_SIZE(tw_attach, 16);
TW_OFFSET(tw_attach, size, 0);
TW_OFFSET(tw_attach, flags, 4);
TW_OFFSET(tw_attach, token, 8);

TW_SIZE(tw_spawn, 80);
TW_OFFSET(tw_spawn, size, 0);
TW_OFFSET(tw_spawn, flags, 4);
TW_OFFSET(tw_spawn, id, 8);
TW_OFFSET(tw_spawn, token, 16);
TW_OFFSET(tw_spawn, send_time, 24);
TW_OFFSET(tw_spawn, fd, 32);
TW_OFFSET(tw_spawn, cancellation, 36);
TW_OFFSET(tw_spawn, snapshot_interval, 40);
TW_OFFSET(tw_spawn, pad, 44);
TW_OFFSET(tw_spawn, name, 48);
TW_OFFSET(tw_spawn, interval_min, 64);
TW_OFFSET(tw_spawn, interval_max, 68);
TW_OFFSET(tw_spawn, snapshots_max, 72);
TW_OFFSET(tw_spawn, pad2, 76);

TW_SIZE(tw_memfd, 16);
TW_OFFSET(tw_memfd, fd, 0);
TW_OFFSET(tw_memfd, pad, 4);
TW_OFFSET(tw_memfd, bytes, 8);

TW_SIZE(tw_send, 56);
TW_OFFSET(tw_send, size, 0);
TW_OFFSET(tw_send, flags, 4);
TW_OFFSET(tw_send, receiver, 8);
TW_OFFSET(tw_send, recv_time, 16);
TW_OFFSET(tw_send, send_time, 24);
TW_OFFSET(tw_send, priority, 32);
TW_OFFSET(tw_send, payload, 40);
TW_OFFSET(tw_send, len, 48);
TW_OFFSET(tw_send, pad, 52);

TW_SIZE(tw_recv, 64);
TW_OFFSET(tw_recv, size, 0);
TW_OFFSET(tw_recv, flags, 4);
TW_OFFSET(tw_recv, payload, 8);
TW_OFFSET(tw_recv, len, 16);
TW_OFFSET(tw_recv, status, 20);
TW_OFFSET(tw_recv, sender, 24);
TW_OFFSET(tw_recv, recv_time, 32);
TW_OFFSET(tw_recv, send_time, 40);
TW_OFFSET(tw_recv, priority, 48);
TW_OFFSET(tw_recv, index, 56);
TW_OFFSET(tw_recv, msg_flags, 60);

TW_SIZE(tw_msg, 48);
TW_OFFSET(tw_msg, size, 0);
TW_OFFSET(tw_msg, len, 4);
TW_OFFSET(tw_msg, peer, 8);
TW_OFFSET(tw_msg, recv_time, 16);
TW_OFFSET(tw_msg, send_time, 24);
TW_OFFSET(tw_msg, priority, 32);
TW_OFFSET(tw_msg, index, 40);
TW_OFFSET(tw_msg, flags, 44);

TW_SIZE(tw_step, 80);
TW_OFFSET(tw_step, size, 0);
TW_OFFSET(tw_step, flags, 4);
TW_OFFSET(tw_step, sends, 8);
TW_OFFSET(tw_step, sends_len, 16);
TW_OFFSET(tw_step, sends_done, 20);
TW_OFFSET(tw_step, recvs, 24);
TW_OFFSET(tw_step, recvs_len, 32);
TW_OFFSET(tw_step, recvs_done, 36);
TW_OFFSET(tw_step, recv_max, 40);
TW_OFFSET(tw_step, recv_count, 44);
TW_OFFSET(tw_step, until, 48);
TW_OFFSET(tw_step, hold, 56);
TW_OFFSET(tw_step, gvt, 64);
TW_OFFSET(tw_step, status, 72);
TW_OFFSET(tw_step, pad, 76);

TW_SIZE(tw_snapshot, 32);
TW_OFFSET(tw_snapshot, size, 0);
TW_OFFSET(tw_snapshot, flags, 4);
TW_OFFSET(tw_snapshot, token, 8);
TW_OFFSET(tw_snapshot, oldest, 16);
TW_OFFSET(tw_snapshot, thinned, 24);

TW_SIZE(tw_park, 24);
TW_OFFSET(tw_park, size, 0);
TW_OFFSET(tw_park, flags, 4);
TW_OFFSET(tw_park, token, 8);
TW_OFFSET(tw_park, coast_until, 16);

TW_SIZE(tw_restore, 32);
TW_OFFSET(tw_restore, size, 0);
TW_OFFSET(tw_restore, flags, 4);
TW_OFFSET(tw_restore, token, 8);
TW_OFFSET(tw_restore, coast_until, 16);
TW_OFFSET(tw_restore, resumes, 24);

TW_SIZE(tw_exit, 16);
TW_OFFSET(tw_exit, size, 0);
TW_OFFSET(tw_exit, flags, 4);
TW_OFFSET(tw_exit, status, 8);
TW_OFFSET(tw_exit, pad, 12);

TW_SIZE(tw_domain_page, 56);
TW_OFFSET(tw_domain_page, gvt, 0);
TW_OFFSET(tw_domain_page, gvt_rounds, 8);
TW_OFFSET(tw_domain_page, state, 16);
TW_OFFSET(tw_domain_page, pad, 20);
TW_OFFSET(tw_domain_page, committed, 24);
TW_OFFSET(tw_domain_page, rollbacks, 32);
TW_OFFSET(tw_domain_page, delivered, 40);
TW_OFFSET(tw_domain_page, until, 48);

TW_SIZE(tw_process_page, 128);
TW_OFFSET(tw_process_page, time, 0);
TW_OFFSET(tw_process_page, priority, 8);
TW_OFFSET(tw_process_page, hold, 16);
TW_OFFSET(tw_process_page, events, 24);
TW_OFFSET(tw_process_page, pad0, 32);
TW_OFFSET(tw_process_page, next, 64);
TW_OFFSET(tw_process_page, snapshot_at, 72);
TW_OFFSET(tw_process_page, resumes, 80);
TW_OFFSET(tw_process_page, pad1, 88);
