/* A server that keeps its client busy and believes nothing: each message must come whole, in order, with the right
 * bytes and time; pings are answered in order, reports of received bytes are true, and nothing lands inside a message.
 *
 *   peer rtmp|rtmps|rtmpe [CERTIFICATE KEY]
 *
 * Prints its port. At the end of its input it waits for its clients to go, prints what it saw, and exits with 1 if
 * anything was wrong. Clients may go at any moment; one that says "done" must have sent everything. */
#include "connection.h"
#include "pattern.h"

#include "../c/common.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>

static struct {
  pthread_mutex_t lock;
  pthread_cond_t news;
  unsigned open, connections, finished, wrong;
  unsigned long messages, pongs, reports, media;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER };

static enum transport transport;
static void *tls;

static void add_up(struct connection *c)
{
  pthread_mutex_lock(&all.lock);
  if (c->fault[0]) {
    all.wrong++;
    printf("connection %u: %s\n", c->number, c->fault);
  }
  all.finished += c->is_done != 0;
  all.messages += c->next;
  all.pongs += c->pongs;
  all.reports += c->reports;
  all.media += c->media;
  all.open--;
  pthread_cond_signal(&all.news);
  pthread_mutex_unlock(&all.lock);
}

static void serve(struct connection *c)
{
  must(pthread_create(&c->writer, NULL, speak, c) == 0, "pthread_create");
  while (!c->wire.fault && !c->fault[0] && link_read(&c->link, hear, c))
    ;
  pthread_mutex_lock(&c->lock);
  c->is_over = 1;
  pthread_cond_signal(&c->news);
  pthread_mutex_unlock(&c->lock);
  /* The writer may be in the middle of a message that nobody reads. */
  shutdown(c->link.r.m_sb.sb_socket, SHUT_RDWR);
  pthread_join(c->writer, NULL);
  judge(c);
}

static void *meet(void *argument)
{
  struct connection *c = argument;
  wire_init(&c->wire);
  pthread_mutex_init(&c->lock, NULL);
  pthread_cond_init(&c->news, NULL);
  c->chunk_size = 128;
  c->sent = HANDSHAKE;
  if (link_open(&c->link, transport, c->fd, tls))
    serve(c);
  link_close(&c->link);
  add_up(c);
  wire_free(&c->wire);
  free(c);
  return NULL;
}

static void *accept_all(void *argument)
{
  int listener = *(int *)argument, on = 1;
  for (;;) {
    struct connection *c = calloc(1, sizeof *c);
    pthread_t thread;
    must(c != NULL, "calloc");
    must((c->fd = accept(listener, NULL, NULL)) >= 0, "accept");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_mutex_lock(&all.lock);
    all.open++;
    c->number = all.connections++;
    pthread_mutex_unlock(&all.lock);
    must(pthread_create(&thread, NULL, meet, c) == 0, "pthread_create");
    pthread_detach(thread);
  }
  return NULL;
}

static int listen_somewhere(void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  must(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 64) == 0
           && getsockname(fd, (struct sockaddr *)&address, &size) == 0,
       "listen");
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char **argv)
{
  pthread_t thread;
  int listener;

  must(argc >= 2, "arguments");
  must((int)(transport = (enum transport)transport_named(argv[1])) >= 0, "the name of a transport");
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  signal(SIGPIPE, SIG_IGN);
  make_pattern();
  if (transport == TLS)
    must(argc == 4 && (tls = RTMP_TLS_AllocServerContext(argv[2], argv[3])) != NULL, "certificate and key");
  listener = listen_somewhere();
  must(pthread_create(&thread, NULL, accept_all, &listener) == 0, "pthread_create");
  while (getchar() != EOF)
    ;
  pthread_mutex_lock(&all.lock);
  while (all.open)
    pthread_cond_wait(&all.news, &all.lock);
  printf("%u connections, %u finished, %lu messages, %lu pongs, %lu reports, %lu messages sent, %u wrong\n",
         all.connections, all.finished, all.messages, all.pongs, all.reports, all.media, all.wrong);
  return all.wrong != 0;
}
