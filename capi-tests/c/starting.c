/* A connection that RTMP_Start is making is cancelled, closed, freed, and left by a fork, while names are looked up, the socket
 * connects, TLS and RTMP shake hands, and the server says nothing more. Nothing hangs, and nothing stays open. */
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

/* What the call that looks up names waits for, and how many are inside. */
static int gate[2], lookups;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
  struct pollfd opened = { gate[0], POLLIN, 0 };

  if (!strstr(host, "invalid"))
    return ((__typeof__(&getaddrinfo))(size_t)dlsym(RTLD_NEXT, "getaddrinfo"))(host, service, hints, found);
  __atomic_add_fetch(&lookups, 1, __ATOMIC_SEQ_CST);
  poll(&opened, 1, -1);
  __atomic_sub_fetch(&lookups, 1, __ATOMIC_SEQ_CST);
  return EAI_NONAME;
}

static int listen_on_any(int backlog, int *port)
{
  struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof place;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  must(fd >= 0 && bind(fd, (void *)&place, length) == 0 && listen(fd, backlog) == 0, "listen");
  must(getsockname(fd, (void *)&place, &length) == 0, "getsockname");
  *port = ntohs(place.sin_port);
  return fd;
}

/* Connections that nobody accepts, until the system lets no more of them come. */
static int fill(int port, int *fds, int most)
{
  struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
  int count = 0;

  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  while (count < most) {
    struct pollfd done;
    fds[count] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    connect(fds[count], (void *)&place, sizeof place);
    done = (struct pollfd){ fds[count++], POLLOUT, 0 };
    if (poll(&done, 1, 0) == 0)
      return count;
  }
  must(0, "the queue of a listening socket is never full");
  return 0;
}

static int listener, port, full_port;

/* Shakes hands with one client, and only listens then. */
static void *serve(void *argument)
{
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet = { 0 };

  RTMP_Init(r);
  r->m_sb.sb_socket = accept(listener, NULL, NULL);
  if (RTMP_Serve(r))
    while (RTMP_IsConnected(r) && RTMP_ReadPacket(r, &packet))
      if (RTMPPacket_IsReady(&packet))
        RTMPPacket_Free(&packet);
  RTMP_Close(r);
  RTMP_Free(r);
  return argument;
}

enum stage { LOOKUP, CONNECTING, TLS, HANDSHAKE, DIALOGUE, STAGES };

static RTMP *set_up(enum stage stage)
{
  static char url[STAGES][200];
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  snprintf(url[stage], sizeof *url, "%s://%s:%d/app/stream tlsVerify=0", stage == TLS ? "rtmps" : "rtmp",
           stage == LOOKUP ? "name.invalid" : "127.0.0.1", stage == CONNECTING ? full_port : port);
  must(RTMP_SetupURL(r, url[stage]), "RTMP_SetupURL");
  return r;
}

static unsigned phase(RTMP *r)
{
  RTMP_STATS stats = { .size = sizeof stats };
  must(RTMP_GetStats(r, &stats), "RTMP_GetStats");
  return stats.phase;
}

static void await_stage(RTMP *r, enum stage stage)
{
  static const unsigned phases[] = { RTMP_PHASE_CONNECTING, RTMP_PHASE_CONNECTING, RTMP_PHASE_TLS, RTMP_PHASE_HANDSHAKE,
                                     RTMP_PHASE_DIALOGUE };
  int before = __atomic_load_n(&lookups, __ATOMIC_SEQ_CST);

  must(RTMP_Start(r, NULL, 0), "RTMP_Start");
  while (phase(r) != phases[stage]
         || (stage == LOOKUP && __atomic_load_n(&lookups, __ATOMIC_SEQ_CST) == before))
    sched_yield();
}

/* Waits for the pipe as long as there is nothing to say. */
static int drive(RTMP *r)
{
  RTMP_WANT want = { .size = sizeof want };
  int result;

  while ((result = RTMP_Drive(r)) == RTMP_AGAIN) {
    struct pollfd place;
    must(RTMP_Want(r, &want), "RTMP_Want");
    place = (struct pollfd){ want.fd, (short)want.events, 0 };
    must(poll(&place, 1, want.timeout) >= 0, "poll");
  }
  return result;
}

static void cancelled(RTMP *r)
{
  RTMP_ERROR error = { .size = sizeof error };

  RTMP_Cancel(r);
  must(drive(r) == -1 && errno == ECANCELED, "RTMP_Drive, cancelled");
  must(RTMP_GetError(r, &error) && error.kind == RTMP_ERR_CANCELLED, "RTMP_GetError");
  must(drive(r) == -1, "it stays so");
}

static void *cancel_aside(void *r)
{
  RTMP_Cancel(r);
  return NULL;
}

static void cancelled_by_another(RTMP *r)
{
  pthread_t thread;

  must(pthread_create(&thread, NULL, cancel_aside, r) == 0, "pthread_create");
  must(drive(r) == -1 && errno == ECANCELED, "RTMP_Drive, cancelled");
  must(pthread_join(thread, NULL) == 0, "pthread_join");
}

static void closed(RTMP *r)
{
  RTMP_Close(r);
  must(RTMP_Drive(r) == -1 && errno == ENOTCONN, "RTMP_Drive, closed");
}

/* The child does not have the library's thread: nothing waits for that there. Its parent goes on. */
static void forked(RTMP *r)
{
  int status = -1;
  pid_t child = fork();

  must(child >= 0, "fork");
  if (child == 0) {
    RTMP_WANT want = { .size = sizeof want };
    alarm(20);
    if (RTMP_Drive(r) != -1 || RTMP_Want(r, &want))
      _exit(2);
    RTMP_Close(r);
    RTMP_Free(r);
    _exit(0);
  }
  must(waitpid(child, &status, 0) == child, "waitpid");
  /* Memory checkers may count what the child had to leave alone. */
  must(!WIFSIGNALED(status) && WEXITSTATUS(status) != 2, "the child did what it should");
  must(RTMP_Drive(r) == RTMP_AGAIN, "RTMP_Drive, of the parent");
  cancelled(r);
}

static int descriptors(void)
{
  int count = 0;

  for (int fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) != -1;
  return count;
}

static void end_by(void (*end)(RTMP *), enum stage stage)
{
  int before = descriptors();
  pthread_t server;
  RTMP *r;

  if (stage == DIALOGUE)
    must(pthread_create(&server, NULL, serve, NULL) == 0, "pthread_create");
  r = set_up(stage);
  await_stage(r, stage);
  end(r);
  RTMP_Close(r);
  memset(r, GARBAGE, sizeof *r);
  free(r);
  if (stage == DIALOGUE)
    must(pthread_join(server, NULL) == 0, "pthread_join");
  must(descriptors() == before, "nothing stays open");
  /* Nobody accepts what came so far. */
  close(listener);
  listener = listen_on_any(64, &port);
}

int main(void)
{
  static const char *const names[] = { "looking up a name", "connecting", "shaking hands for TLS", "shaking hands", "the dialogue" };
  static const struct {
    const char *name;
    void (*end)(RTMP *);
  } ends[] = { { "cancelled", cancelled }, { "cancelled aside", cancelled_by_another }, { "closed", closed }, { "forked", forked } };
  int fds[64], filled, full;

  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  must(pipe(gate) == 0, "pipe");
  listener = listen_on_any(64, &port);
  full = listen_on_any(0, &full_port);
  filled = fill(full_port, fds, 64);
  for (enum stage stage = LOOKUP; stage < STAGES; stage++) {
    printf("%s:", names[stage]);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
      end_by(ends[i].end, stage);
      printf(" %s", ends[i].name);
    }
    printf("\n");
  }
  /* Those that look up names are left to themselves. */
  must(write(gate[1], "", 1) == 1, "write");
  while (__atomic_load_n(&lookups, __ATOMIC_SEQ_CST))
    sched_yield();
  while (filled--)
    close(fds[filled]);
  close(full);
  close(listener);
  return 0;
}
