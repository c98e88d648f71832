/* Plays over rtmp and over rtmps, from a server on a thread that is found by its number, and prints what came.
 *
 *   play CERTIFICATE KEY AUTHORITY
 *
 * With WITH_OTHER the program holds another library in Rust, whose panics are caught before and after. */
#include "../c/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#ifdef WITH_OTHER
extern unsigned other_catches(unsigned count);

static void panic(void)
{
  printf("the other library caught %u panics\n", other_catches(3));
}
#else
static void panic(void)
{
}
#endif

static int listen_on(struct sockaddr_in *address)
{
  socklen_t size = sizeof *address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(fd >= 0 && bind(fd, (struct sockaddr *)address, size) == 0 && listen(fd, 1) == 0, "listen");
  must(getsockname(fd, (struct sockaddr *)address, &size) == 0, "getsockname");
  return fd;
}

static void *serve(void *argument)
{
  struct peer *peer = argument;
  int listener = peer->fd;

  peer->fd = accept(listener, NULL, NULL);
  must(peer->fd >= 0, "accept");
  peer_main(peer);
  close(listener);
  return NULL;
}

static void play(const char *scheme, const char *options, void *context)
{
  static char flv[50000];
  char url[500];
  unsigned sum = 0;
  int got, total = 0;
  struct sockaddr_in address;
  struct peer peer = { .tls = context, .media = 100 };
  RTMP *r = RTMP_Alloc();

  peer.fd = listen_on(&address);
  must(pthread_create(&peer.thread, NULL, serve, &peer) == 0, "pthread_create");
  RTMP_Init(r);
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/stream%s", scheme, ntohs(address.sin_port), options);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  must(RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0), "connection");
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0) {
    sum = add_to_sum(sum, flv, (size_t)got);
    total += got;
  }
  printf("%s: %d bytes, sum %08x\n", scheme, total, sum);
  RTMP_Close(r);
  peer_wait(&peer);
  RTMP_Free(r);
}

int main(int count, char **names)
{
  char options[400];
  void *context;

  alarm(60); /* what hangs is ended */
  must(count == 4, "three arguments");
  signal(SIGPIPE, SIG_IGN);
  panic();
  play("rtmp", "", NULL);
  context = RTMP_TLS_AllocServerContext(names[1], names[2]);
  must(context != NULL, "RTMP_TLS_AllocServerContext");
  snprintf(options, sizeof options, " tlsCAFile=%s", names[3]);
  play("rtmps", options, context);
  RTMP_TLS_FreeServerContext(context);
  panic();
  return 0;
}
