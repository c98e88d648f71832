/* A sandbox that refuses system calls: the library works all the same, or says what is the matter, by an ERROR line and
 * RTMP_LastError, and in time. Each call is refused alone, with EPERM and ENOSYS, from before the connection or from
 * behind it. Each try is a process of its own. */
#include "tries.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define CALL(name) { #name, SYS_##name }

/* What this library may use; the original has fewer of them, but not the same on each system. */
static const struct {
  const char *name;
  int number;
} calls[] = {
#ifdef SYS_poll
  CALL(poll),
  CALL(select),
  CALL(newfstatat),
  CALL(time),
#endif
  CALL(ppoll), CALL(pselect6), CALL(ioctl), CALL(fcntl), CALL(getsockopt), CALL(setsockopt), CALL(sendmsg), CALL(recvmsg),
  CALL(shutdown), CALL(clone), CALL(clone3), CALL(futex), CALL(rt_sigprocmask), CALL(rt_sigaction), CALL(sigaltstack),
  CALL(madvise), CALL(getsockname), CALL(getpeername), CALL(sched_yield), CALL(sched_getaffinity), CALL(nanosleep),
  CALL(clock_nanosleep), CALL(clock_gettime), CALL(uname), CALL(openat), CALL(statx), CALL(set_robust_list), CALL(mprotect),
  CALL(munmap), CALL(prlimit64), CALL(sysinfo), CALL(getpid), CALL(gettid), CALL(lseek), CALL(getuid), CALL(getrandom),
};

struct way {
  const char *host;
  int writes; /* publishes */
  int late;   /* the call is refused once there is a stream */
  int call, error;
};

static const struct way ways[] = {
  { "127.0.0.1", FALSE, FALSE, 0, 0 }, { "127.0.0.1", TRUE, FALSE, 0, 0 }, { "127.0.0.1", FALSE, TRUE, 0, 0 },
  { "127.0.0.1", TRUE, TRUE, 0, 0 },   { "localhost", FALSE, FALSE, 0, 0 },
};

enum { WORKS = 2, NAMED, SILENT };

static char named[512];

static void hear(int level, const char *format, va_list arguments)
{
  if (level == RTMP_LOGERROR && !*named)
    vsnprintf(named, sizeof named, format, arguments);
}

static int refuse(int call, int error)
{
  struct sock_filter steps[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof steps / sizeof *steps, steps };
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int play(RTMP *r)
{
  static char flv[50000];
  int got, total = 0;

  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
    total += got;
  return total == 13 + 10 * (50 + 15) + 10 * (250 + 15);
}

static int publish(RTMP *r)
{
  static char body[RTMP_MAX_HEADER_SIZE + 20000];
  RTMPPacket packet = { 0 };
  int good = TRUE;

  packet.m_nChannel = 4;
  packet.m_packetType = RTMP_PACKET_TYPE_VIDEO;
  packet.m_nInfoField2 = r->m_stream_id;
  packet.m_body = body + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = 20000;
  for (int i = 0; good && i < 20; i++) {
    packet.m_nTimeStamp = (uint32_t)i;
    good = RTMP_SendPacket(r, &packet, FALSE);
  }
  return good;
}

static void attempt(const void *argument)
{
  const struct way *way = argument;
  char url[200];
  RTMP *r = RTMP_Alloc();
  int works = FALSE, result;

  alarm(40);
  RTMP_LogSetCallback(hear);
  RTMP_Init(r);
  snprintf(url, sizeof url, "rtmp://%s:%d/app/stream timeout=3%s", way->host, port, way->writes ? " outChunk=8192" : "");
  must(RTMP_SetupURL(r, url), "setup");
  if (way->writes)
    RTMP_EnableWrite(r);
  must(way->late || refuse(way->call, way->error), "seccomp");
  if (RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0)) {
    must(!way->late || refuse(way->call, way->error), "seccomp");
    works = way->writes ? publish(r) : play(r);
  }
  result = works ? WORKS : *named && *RTMP_LastError(r) ? NAMED : SILENT;
  RTMP_Close(r);
  RTMP_Free(r);
  _exit(result);
}

static void serve(int fd, int number, const void *argument)
{
  struct peer peer = { .fd = fd, .media = 20 };
  (void)number;
  (void)argument;
  peer_main(&peer);
}

/* Whether this system has such sandboxes. */
static int has_sandboxes(void)
{
  int status;
  pid_t child = fork();

  if (child == 0)
    _exit(refuse(SYS_getppid, EPERM) ? 0 : 1);
  must(waitpid(child, &status, 0) == child, "waitpid");
  return status == 0;
}

/* A connection that stands needs none of the calls, and none with a number needs this one. Names are another matter: not
 * every system knows one. */
static int is_to_work(const struct way *way)
{
  return way->late || (way->call == SYS_sendmsg && strcmp(way->host, "localhost"));
}

/* Counts in `ends` how a try ended; what is wrong is described. */
static void note(int ends[], const char *name, const struct way *way, int status)
{
  if (WIFEXITED(status) && (WEXITSTATUS(status) == WORKS || (WEXITSTATUS(status) == NAMED && !is_to_work(way)))) {
    ends[WEXITSTATUS(status)]++;
    return;
  }
  ends[0]++;
  fprintf(stderr, "%s, %s, %s%s, error %d: %s %d\n", name, way->host, way->writes ? "publish" : "play",
          way->late ? ", late" : "", way->error, WIFSIGNALED(status) ? "signal" : "status",
          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

int main(void)
{
  int ends[NAMED + 1] = { 0 };

  if (!has_sandboxes()) {
    puts("there is no seccomp here: nothing was tried");
    return 0;
  }
  listen_somewhere();
  RTMP_LogSetLevel(RTMP_LOGERROR);
  RTMP_LogSetOutput(fopen("/dev/null", "w")); /* the server's lines */
  for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
    for (size_t i = 0; i < 2 * sizeof ways / sizeof *ways; i++) {
      struct way way = ways[i / 2];
      way.call = calls[call].number;
      way.error = i % 2 ? EPERM : ENOSYS;
      /* The C library itself aborts when it can wait for no lock, and looking up a name takes a thread. */
      if (way.call != SYS_futex || strcmp(way.host, "localhost"))
        note(ends, calls[call].name, &way, try_in_child(attempt, serve, &way));
    }
  printf("%s work, %s fail by name, %d faults\n", ends[WORKS] ? "some" : "none", ends[NAMED] ? "some" : "none", ends[0]);
  return 0;
}
