/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A repair desk: jobs come in from outside, go from station to station, and are
 * charged for at the end.
 *
 *	TIME NAME STATION:WORK ...	a job, and what has to be done to it, in order
 *	TIME				nothing new until then
 *
 * A station serves one job at a time, in the order in which they come. Those that
 * come at the same time take their turn in the order of their lines.
 */
#ifndef SIM_DESK_DESK_H
#define SIM_DESK_DESK_H

#include "sim/sim.h"

#define DESK_NAME 32 /* bytes of a job's name, with the zero at its end */
#define DESK_STEPS 8 /* of a job */
#define DESK_STATIONS 256
#define DESK_TIME INT64_C(1000000000000000) /* of a line, at most */
#define DESK_WORK 1000000000 /* of a step, at most */

struct desk_step {
	uint32_t station, work;
};

struct desk_job {
	tw_time time; /* of its line */
	uint32_t number; /* of its line: decides among jobs of one time */
	uint32_t steps, done;
	struct desk_step step[DESK_STEPS];
	char name[DESK_NAME];
};

/* What a station has done, or rather will have. */
struct desk_record {
	tw_time came, begin, end;
	uint32_t station;
	char name[DESK_NAME];
};

/* ---- the model: model.c ---- */

/* Serve a job that comes now; the station is free at *free, which moves on. */
void desk_serve(tw_time *free, tw_time now, struct desk_job *j,
		struct desk_record *r);
/* The station that is next, 1 to `stations`, or the clerk, who is after the last. */
uint64_t desk_next(const struct desk_job *j, uint64_t stations);
/* The clerk's entry. What is in the ledger stays there. 0 or -errno. */
int desk_charge(FILE *ledger, tw_time now, const struct desk_job *j,
		uint64_t *balance);

/* ---- lines: input.c ---- */

struct desk_input {
	const char *name;
	int fd; /* -1: there is no more to be read */
	uint32_t line;
	size_t at, len; /* what was read and not taken */
	char buf[4096];
};

/* NULL: the standard input. Prints what is wrong, returns CLI_BAD. */
int desk_input_open(struct desk_input *in, const char *name);
void desk_input_close(struct desk_input *in);
/* Read once, when all lines were taken. 0; CLI_BAD, printed: the input has ended. */
int desk_input_read(struct desk_input *in);
/*
 * Take the next line, as a job of no steps if it has a time only. One that is wrong
 * is printed, and ends the input.
 *
 * Return: 0; CLI_BAD; -EAGAIN: none is complete.
 */
int desk_input_take(struct desk_input *in, uint64_t stations,
		    struct desk_job *j);

/* ---- one run: desk.c ---- */

struct desk {
	uint64_t stations, disorder, bound;
	struct desk_input in;
	tw_time promise; /* the highest yet */
	uint64_t jobs, late;
	struct desk_job *kept; /* for the sequential engine */
	size_t room;
	bool keep;
};

/*
 * One line: inject it by the port - NULL: keep it only - and promise. Prints
 * which line is late, and goes on. -EAGAIN: the port has no memory for it.
 */
int desk_take(struct desk *desk, struct tw_port *port,
	      const struct desk_job *j);

typedef int (*desk_output)(void *arg, const struct desk_record *r);

/* ---- its engine: live.c ---- */

/*
 * Read the input to its end while the stations work. Return: 0, CLI_BAD after a
 * line that is wrong, or a negative errno.
 */
int desk_live(struct desk *desk, const struct tw_run_attr *attr, FILE *ledger,
	      desk_output output, void *arg, struct tw_run_stat *stat);

#endif
