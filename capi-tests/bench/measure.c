#define _GNU_SOURCE
#include "measure.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>
#include <valgrind/callgrind.h>

/* Work is done in portions of so many bytes or calls between two looks at the clock. */
#define PORTION_BYTES (256 * 1024)
#define PORTION_CALLS 64

static int argument_count;
static char **argument_list;

void arguments(int argc, char **argv)
{
  argument_count = argc;
  argument_list = argv;
}

const char *text(const char *name, const char *otherwise)
{
  size_t length = strlen(name);
  for (int i = 1; i < argument_count; i++)
    if (!strncmp(argument_list[i], name, length) && argument_list[i][length] == '=')
      return argument_list[i] + length + 1;
  return otherwise;
}

long number(const char *name, long otherwise)
{
  const char *found = text(name, NULL);
  return found ? strtol(found, NULL, 10) : otherwise;
}

void pin(long cpu)
{
  cpu_set_t set;
  if (cpu < 0)
    return;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  must(sched_setaffinity(0, sizeof set, &set) == 0, "sched_setaffinity");
}

/* Blocks allocated by anyone in this process: these definitions take the place of the C library's. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
static atomic_ulong blocks;

void *malloc(size_t size)
{
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
  atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
  return __libc_realloc(block, size);
}

static double seconds_of(clockid_t clock)
{
  struct timespec now;
  must(clock_gettime(clock, &now) == 0, "clock_gettime");
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_time(void)
{
  return seconds_of(CLOCK_MONOTONIC);
}

static double inside;

void was_inside(double seconds)
{
  inside += seconds;
}

void keep_pace(long rate)
{
  static __thread struct timespec next;
  if (!rate)
    return;
  if (!next.tv_sec)
    must(clock_gettime(CLOCK_MONOTONIC, &next) == 0, "clock_gettime");
  next.tv_nsec += 1000000000 / rate;
  if (next.tv_nsec >= 1000000000) {
    next.tv_nsec -= 1000000000;
    next.tv_sec++;
  }
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
}

struct reading {
  double wall, cpu, user, system;
  unsigned long blocks;
};

static struct reading take_reading(void)
{
  struct rusage usage;
  struct reading now;
  must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  now.wall = seconds_of(CLOCK_MONOTONIC);
  now.cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  now.user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
  now.system = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
  now.blocks = atomic_load_explicit(&blocks, memory_order_relaxed);
  return now;
}

static void report(const struct reading *before, const struct reading *after, uint64_t messages, uint64_t bytes)
{
  printf("messages=%llu bytes=%llu wall=%.9f cpu=%.9f user=%.6f system=%.6f inside=%.9f blocks=%lu\n",
         (unsigned long long)messages, (unsigned long long)bytes, after->wall - before->wall,
         after->cpu - before->cpu, after->user - before->user, after->system - before->system, inside,
         after->blocks - before->blocks);
  fflush(stdout);
}

static void run_messages(struct work *work, uint64_t count)
{
  uint64_t end = work->messages + count;
  while (work->messages < end)
    must(work->once(work), "the work ended too soon");
}

static void run_time(struct work *work, double seconds)
{
  double end = seconds_of(CLOCK_MONOTONIC) + seconds;
  do {
    uint64_t bytes = work->bytes + PORTION_BYTES;
    for (int calls = 0; calls < PORTION_CALLS && work->bytes < bytes; calls++)
      must(work->once(work), "the work ended too soon");
  } while (seconds_of(CLOCK_MONOTONIC) < end);
}

/* A tenth more than asked for is done before, unmeasured: windows open, memory is touched. */
static void warm_up(struct work *work)
{
  long messages = number("messages", 0);
  if (messages)
    run_messages(work, (uint64_t)number("warm", 10));
  else
    run_time(work, (double)number("ms", 200) / 1e4);
  work->messages = work->bytes = 0;
}

static void run(struct work *work)
{
  long messages = number("messages", 0);
  if (messages)
    run_messages(work, (uint64_t)messages);
  else
    run_time(work, (double)number("ms", 200) / 1e3);
}

void measure(struct work *work)
{
  warm_up(work);
  for (long i = number("repeat", 1); i > 0; i--) {
    struct reading before, after;
    work->messages = work->bytes = 0;
    inside = 0;
    before = take_reading();
    CALLGRIND_TOGGLE_COLLECT;
    run(work);
    CALLGRIND_TOGGLE_COLLECT;
    after = take_reading();
    report(&before, &after, work->messages, work->bytes);
  }
}

static pthread_barrier_t gate;

static void *thread_main(void *argument)
{
  struct work *work = argument;
  warm_up(work);
  pthread_barrier_wait(&gate);
  pthread_barrier_wait(&gate);
  run(work);
  return NULL;
}

void measure_threads(struct work *works, int count)
{
  pthread_t threads[16];
  struct reading before, after;
  uint64_t messages = 0, bytes = 0;

  must(count <= 16 && pthread_barrier_init(&gate, NULL, (unsigned)count + 1) == 0, "threads");
  for (int i = 0; i < count; i++)
    must(pthread_create(&threads[i], NULL, thread_main, &works[i]) == 0, "pthread_create");
  pthread_barrier_wait(&gate);
  before = take_reading();
  pthread_barrier_wait(&gate);
  for (int i = 0; i < count; i++) {
    must(pthread_join(threads[i], NULL) == 0, "pthread_join");
    messages += works[i].messages;
    bytes += works[i].bytes;
  }
  after = take_reading();
  report(&before, &after, messages, bytes);
}
