/* Puts itself in the place of what waits in the system: inside NOWAIT, on the thread that is in it, nothing may. A call that would
 * not wait just then counts all the same, if it could: it is the kind that is forbidden, not the moment. */
#ifndef NOWAIT_H
#define NOWAIT_H

#include "common.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

static __thread int is_watched;
static __thread const char *watched_call;
static int waits, watched_calls;

/* The value of a call of the library that must not wait. */
#define NOWAIT(call) \
  __extension__({ \
    watched_call = #call; \
    __atomic_add_fetch(&watched_calls, 1, __ATOMIC_RELAXED); \
    is_watched = 1; \
    __typeof__(call) nowait_result = call; \
    is_watched = 0; \
    nowait_result; \
  })
#define NOWAIT_VOID(call) (void)NOWAIT((call, 0))

static inline void waits_in(const char *name)
{
  if (is_watched && __atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED) <= 20)
    printf("%s waits in %s\n", watched_call, name);
}

static inline void may_wait_on(int fd, int flags, const char *name)
{
  if (is_watched && !(flags & MSG_DONTWAIT) && !(fcntl(fd, F_GETFL) & O_NONBLOCK))
    waits_in(name);
}

/* The function of that name which this program hides. */
#define HIDDEN(name) ((__typeof__(&name))(size_t)dlsym(RTLD_NEXT, #name))

int poll(struct pollfd *places, nfds_t count, int timeout)
{
  if (timeout)
    waits_in("poll");
  return HIDDEN(poll)(places, count, timeout);
}

int ppoll(struct pollfd *places, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
  if (!timeout || timeout->tv_sec || timeout->tv_nsec)
    waits_in("ppoll");
  return HIDDEN(ppoll)(places, count, timeout, mask);
}

int select(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
  if (!timeout || timeout->tv_sec || timeout->tv_usec)
    waits_in("select");
  return HIDDEN(select)(count, in, out, other, timeout);
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
  if (timeout)
    waits_in("epoll_wait");
  return HIDDEN(epoll_wait)(fd, events, count, timeout);
}

ssize_t recv(int fd, void *into, size_t count, int flags)
{
  may_wait_on(fd, flags, "recv");
  return HIDDEN(recv)(fd, into, count, flags);
}

ssize_t recvfrom(int fd, void *into, size_t count, int flags, struct sockaddr *from, socklen_t *length)
{
  may_wait_on(fd, flags, "recvfrom");
  return HIDDEN(recvfrom)(fd, into, count, flags, from, length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
  may_wait_on(fd, flags, "recvmsg");
  return HIDDEN(recvmsg)(fd, message, flags);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
  may_wait_on(fd, flags, "send");
  return HIDDEN(send)(fd, bytes, count, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length)
{
  may_wait_on(fd, flags, "sendto");
  return HIDDEN(sendto)(fd, bytes, count, flags, to, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
  may_wait_on(fd, flags, "sendmsg");
  return HIDDEN(sendmsg)(fd, message, flags);
}

int connect(int fd, const struct sockaddr *to, socklen_t length)
{
  may_wait_on(fd, 0, "connect");
  return HIDDEN(connect)(fd, to, length);
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
  waits_in("getaddrinfo");
  return HIDDEN(getaddrinfo)(host, service, hints, found);
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
  waits_in("nanosleep");
  return HIDDEN(nanosleep)(time, rest);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
  waits_in("clock_nanosleep");
  return HIDDEN(clock_nanosleep)(clock, flags, time, rest);
}

int pthread_join(pthread_t thread, void **result)
{
  waits_in("pthread_join");
  return HIDDEN(pthread_join)(thread, result);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *end)
{
  waits_in("pthread_cond_timedwait");
  return HIDDEN(pthread_cond_timedwait)(condition, mutex, end);
}

/* The way of Rust's locks: a futex, by number. Others have fewer arguments: what is read in the place of the rest means nothing. */
__attribute__((no_sanitize_address)) long syscall(long number, ...)
{
  va_list list;
  long a, b, c, d, e, f;

  va_start(list, number);
  a = va_arg(list, long);
  b = va_arg(list, long);
  c = va_arg(list, long);
  d = va_arg(list, long);
  e = va_arg(list, long);
  f = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex) {
    long operation = b & FUTEX_CMD_MASK;
    if (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET)
      waits_in("futex");
  }
  return HIDDEN(syscall)(number, a, b, c, d, e, f);
}

#endif
