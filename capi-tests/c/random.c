/* A system without random bytes (old kernels, bare chroots): no getrandom, and no file can be opened. What needs no secret
 * works; what needs one says what is missing. Each case is a process of its own, behind a filter of system calls. */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define IF_CALL(number, error) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), ANSWER(error)

static int criticals;

static void on_log(int level, const char *format, va_list arguments)
{
  (void)format;
  (void)arguments;
  criticals += level == RTMP_LOGCRIT;
}

/* True when there are no random bytes any more. */
static int take_random_away(void)
{
  struct sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    IF_CALL(SYS_getrandom, ENOSYS),
#ifdef SYS_open
    IF_CALL(SYS_open, ENOENT),
#endif
    IF_CALL(SYS_openat, ENOENT),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
  char byte;

  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
    return FALSE;
  return syscall(SYS_getrandom, &byte, 1, 0) == -1 && open("/dev/urandom", O_RDONLY) == -1;
}

/* Connects to a server of this library, and plays if that works. */
static void play(const char *scheme)
{
  char url[100], flv[4096];
  struct peer peer;
  unsigned sum = 0;
  int got;
  RTMP *r = RTMP_Alloc();

  snprintf(url, sizeof url, "%s://host/app/stream live=1 tlsVerify=0", scheme);
  RTMP_Init(r);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  r->m_sb.sb_socket = peer_start(&peer, 20);
  if (RTMP_Connect1(r, NULL) && RTMP_ConnectStream(r, 0)) {
    while ((got = RTMP_Read(r, flv, sizeof flv)) > 0)
      sum = add_to_sum(sum, flv, (size_t)got);
    printf("%s: sum %08x", scheme, sum);
  } else {
    printf("%s: %s", scheme, RTMP_LastError(r));
  }
  RTMP_Close(r);
  peer_wait(&peer);
  RTMP_Free(r);
}

static void serve(const char *_)
{
  (void)_;
  printf("server: %s", RTMP_TLS_AllocServerContext("certificate", "key") ? "a context" : "no context");
}

static void apart(void (*work)(const char *), const char *what)
{
  int status;
  pid_t child = fork();

  must(child >= 0, "fork");
  if (child == 0) {
    RTMP_LogSetCallback(on_log);
    must(take_random_away(), "a filter of system calls");
    work(what);
    printf(", %d panics\n", criticals);
    fflush(stdout);
    _exit(0);
  }
  must(waitpid(child, &status, 0) == child && status == 0, what);
}

int main(void)
{
  apart(play, "rtmp");
  apart(play, "rtmpe");
  apart(play, "rtmps");
  apart(serve, "server");
  return 0;
}
