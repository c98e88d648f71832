/* Passwords are wiped before the memory that held them is freed: every block that is freed, or moved, is looked at. (Memory
 * checkers bring functions of their own; under them nothing is looked at.) The stack is not looked at, nor are registers:
 * what is left there by formatting and searching, differently on each processor, can get into the padding of a block. So
 * the program leaves nothing there itself: it knows the passwords inverted only, and clears its stack before each call. */
#define _GNU_SOURCE
#include "common.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <malloc.h>
#include <netinet/in.h>

static int found, looking;

#if !defined(__SANITIZE_ADDRESS__)
/* As they are written, and as HTTP writes `joe:` with the first of them; inverted at the start of main. */
static char secrets[][25] = { "S3cretPassw0rd", "am9lOlMzY3JldFBhc3N3MHJk" };

static int holds(const char *block, size_t size, const char *inverted)
{
  size_t length = strlen(inverted);

  for (size_t at = 0; at + length <= size; at++) {
    size_t same = 0;

    while (same < length && block[at + same] == (char)~inverted[same])
      same++;
    if (same == length)
      return 1;
  }
  return 0;
}

static void look(void *block)
{
  size_t size = block && looking ? malloc_usable_size(block) : 0;

  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    if (holds(block, size, secrets[i]))
      __atomic_add_fetch(&found, 1, __ATOMIC_RELAXED);
}

void free(void *block)
{
  static void (*next)(void *);

  if (!next)
    *(void **)&next = dlsym(RTLD_NEXT, "free");
  look(block);
  next(block);
}

void *realloc(void *block, size_t size)
{
  static void *(*next)(void *, size_t);

  if (!next)
    *(void **)&next = dlsym(RTLD_NEXT, "realloc");
  look(block);
  return next(block, size);
}
#endif

/* A proxy that accepts a login and then goes: how it answers what it hears, in turn. */
struct proxy {
  int listener, port;
  pthread_t thread;
  const char *answers[3];
  size_t sizes[3];
};

static void *serve(void *argument)
{
  struct proxy *proxy = argument;
  char heard[2000];
  int fd = accept(proxy->listener, NULL, NULL);

  for (int i = 0; i < 3 && proxy->sizes[i] && recv(fd, heard, sizeof heard, 0) > 0; i++)
    must(send(fd, proxy->answers[i], proxy->sizes[i], MSG_NOSIGNAL) > 0, "send");
  /* What the client says to its server is of no interest. */
  recv(fd, heard, sizeof heard, 0);
  close(fd);
  close(proxy->listener);
  return NULL;
}

static void start(struct proxy *proxy)
{
  struct sockaddr_in name = { .sin_family = AF_INET };
  socklen_t length = sizeof name;

  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
  must(bind(proxy->listener, (struct sockaddr *)&name, length) == 0 && listen(proxy->listener, 1) == 0, "listen");
  getsockname(proxy->listener, (struct sockaddr *)&name, &length);
  proxy->port = ntohs(name.sin_port);
  must(pthread_create(&proxy->thread, NULL, serve, proxy) == 0, "pthread_create");
}

__attribute__((noinline)) static void clear_stack(void)
{
  volatile char below[100000];

  for (size_t at = 0; at < sizeof below; at++)
    below[at] = 0;
}

/* Connects with a URL in which `%d` is the port of the proxy, and with another login than the URL's if there is one. */
static void session(const char *what, const char *format, struct proxy *proxy, char *user)
{
  static char url[300];
  RTMP *r = RTMP_Alloc();

  start(proxy);
  snprintf(url, sizeof url, format, proxy->port);
  found = 0;
  RTMP_Init(r);
  looking = 1;
  clear_stack();
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (user) {
    r->Link.pubUser.av_val = r->Link.pubPasswd.av_val = user;
    r->Link.pubUser.av_len = r->Link.pubPasswd.av_len = (int)strlen(user);
  }
  clear_stack();
  must(!RTMP_Connect(r, NULL), "RTMP_Connect fails");
  clear_stack();
  RTMP_Close(r);
  looking = 0;
  must(pthread_join(proxy->thread, NULL) == 0, "pthread_join");
  /* The copy of the proxy's URL stays with the handle. */
  if (r->Link.socksport)
    free(r->Link.sockshost.av_val);
  RTMP_Free(r);
  printf("%s: %d blocks with a password\n", what, found);
}

int main(void)
{
  static char another[] = "jane";
  struct proxy none = { .sizes = { 0 } };
  struct proxy socks = { .answers = { "\5\2", "\1\0", "\5\0\0\1\0\0\0\0\0\0" }, .sizes = { 2, 2, 10 } };
  struct proxy untried = { .answers = { "\5\0", "\5\0\0\1\0\0\0\0\0\0" }, .sizes = { 2, 10 } };
  struct proxy http = { .answers = { "HTTP/1.1 200 OK\r\n\r\n" }, .sizes = { 19 } };

  RTMP_LogSetLevel(RTMP_LOGCRIT);
#if !defined(__SANITIZE_ADDRESS__)
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
    for (char *byte = secrets[i]; *byte; byte++)
      *byte = (char)~*byte;
#endif
  session("URL", "rtmp://joe:S3cretPassw0rd@127.0.0.1:%d/app/stream", &none, NULL);
  session("URL, another login", "rtmp://joe:S3cretPassw0rd@127.0.0.1:%d/app/stream", &none, another);
  session("SOCKS5", "rtmp://host.invalid/app/stream socks=socks5://joe:S3cretPassw0rd@127.0.0.1:%d", &socks, NULL);
  session("SOCKS5 untried", "rtmp://host.invalid/app/stream socks=socks5://joe:S3cretPassw0rd@127.0.0.1:%d", &untried, NULL);
  session("CONNECT", "rtmp://host.invalid/app/stream socks=http://joe:S3cretPassw0rd@127.0.0.1:%d", &http, NULL);
  return 0;
}
