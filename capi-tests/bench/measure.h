/* What the benchmark's programs share: arguments, clocks, and the measured section. */
#ifndef MEASURE_H
#define MEASURE_H

#include "../c/common.h"

/* Arguments are `name=value`. */
void arguments(int argc, char **argv);
const char *text(const char *name, const char *otherwise);
long number(const char *name, long otherwise);

/* Binds the calling thread to a CPU; -1: to none. */
void pin(long cpu);

/* Sleeps until the next of `rate` moments a second, each as far from the one before; 0: not at all. */
void keep_pace(long rate);

/* Seconds by a clock that only goes on. */
double clock_time(void);

/* The one measuring thread was in the library for so long: printed as `inside`. */
void was_inside(double seconds);

/* What is measured: `once(work)` does a piece of work, counts messages and payload bytes, and returns 0 when it
 * cannot go on. It is repeated for `seconds=` (milliseconds: `ms=`), or for `messages=` messages exactly, `repeat=`
 * times; each time gives one line of results on the standard output. Under callgrind only this section is counted.
 * Nothing is tidied up afterwards: closing a connection that the peer still fills may wait for long. */
struct work {
  int (*once)(struct work *work);
  void *context;
  uint64_t messages;
  uint64_t bytes;
};
void measure(struct work *work);

/* The same for several threads at once, each with its own work. */
void measure_threads(struct work *works, int count);

#endif
