/* What the parts of `calls` share: one handle, the threads that use it, and what they may call. */
#ifndef CALLS_H
#define CALLS_H

#include "careless.h"

#include "../c/common.h"

enum role { READER, WRITER };

struct thread {
  enum role role;
  unsigned seed;
  const char *call; /* the one it is inside */
  unsigned long calls;
};

/* The handle of the round. */
extern RTMP *r;
extern struct careless server;
/* How often the thread that reads has got something. */
extern unsigned long with_media;

#define CALL(name, ...) do { __atomic_store_n(&self->call, name, __ATOMIC_RELAXED); __VA_ARGS__; } while (0)

/* preparing.c: a fresh handle, set up for a scheme from a seed, with memory that lasts until the next one. Whether its calls
 * do not wait. */
int prepare(const char *scheme, unsigned seed);

/* reading.c: one of the calls that are for the thread that reads, and drives where no call waits. */
void read_something(struct thread *self, unsigned number);
void drive_something(struct thread *self, unsigned number);

/* writing.c: one of those for the thread that writes, and for any thread. */
void write_something(struct thread *self, unsigned number);
void ask_or_end(struct thread *self, unsigned number);

/* asking.c: all that any thread may ask at any moment, and has no effect on others. */
void ask_all(void);
/* For a program's functions, which the library calls: those of RTMP_Configure and of the log. */
void configure(RTMP_CONFIG *config, unsigned seed);
void count_lines(int level, const char *format, va_list arguments);

#endif
