/* Calls the code of docs/porting.md, which stands in porting-page.h:
 *
 *   porting publish FILE.flv rtmp://HOST/APP/KEY LIMIT      prints the peer's address, or what the user would be told and
 *                                                           whether to connect again
 *   porting until-asked FILE.flv rtmp://HOST/APP/KEY LIMIT ADDRESS
 *                                                           publishes the file again and again, to the server at ADDRESS, until
 *                                                           that asks it to go
 *   porting stop                                            stops a thread that waits for a server, prints the reason */
#define _POSIX_C_SOURCE 200809L
#include "porting-page.h"

#include <arpa/inet.h>
#include <pthread.h>

/* An odd size: the pieces end anywhere in tags. FLV_HEADER: what is in front of the first one. */
enum { PIECE = 777, FLV_HEADER = 13, NO_LIMIT = -1 };

static int send_file(struct publisher *p, FILE *in)
{
  char piece[PIECE];
  size_t got;

  while ((got = fread(piece, 1, sizeof piece, in)) > 0)
    if (!send_flv(p, piece, (int)got))
      return 0;
  return 1;
}

static int show_peer(struct publisher *p)
{
  struct sockaddr_storage peer;
  char text[INET_ADDRSTRLEN];

  peer_of(p->r, &peer);
  if (peer.ss_family != AF_INET)
    return 0;
  printf("peer %s\n", inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof text));
  return 1;
}

/* Connecting has taken some time, and a network that keeps up has no delay of a minute. */
static int has_stats(struct publisher *p)
{
  RTMP_STATS stats;
  return stats_of(p, &stats) && connect_time(&stats) > 0 && stats.bytes_out > 0 && delay(&stats, 1000000) < 60000;
}

static int publish(struct publisher *p, FILE *in, char *url, int until_asked)
{
  char *key = strrchr(url, '/');

  *key++ = '\0';
  if (!connect_to_server(p, url, key) || !show_peer(p) || !has_stats(p) || !send_file(p, in))
    return 0;
  while (until_asked && !p->has_to_go)
    if (fseek(in, FLV_HEADER, SEEK_SET) != 0 || !send_file(p, in))
      return 0;
  if (p->has_to_go)
    printf("has to go\n");
  return 1;
}

/* A server that accepts (the kernel does) and says nothing. */
static char *silent_server(void)
{
  static char url[64];
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0)
    return NULL;
  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/app/instance", ntohs(address.sin_port));
  return url;
}

static void *connect_in_vain(void *publisher)
{
  return connect_to_server(publisher, silent_server(), "key") ? "connected" : NULL;
}

static int stops(struct publisher *p)
{
  pthread_t thread;
  void *connected = NULL;

  if (pthread_create(&thread, NULL, connect_in_vain, p) != 0)
    return 0;
  /* Whether the thread waits already or is still to begin makes no difference. */
  stop(p);
  pthread_join(thread, &connected);
  return !connected;
}

int main(int count, char **words)
{
  struct publisher p;
  RTMP_ERROR error;
  FILE *in = count > 4 ? fopen(words[2], "rb") : NULL;
  int is_fine;

  if (!start(&p, in ? (int)strtol(words[4], NULL, 10) : NO_LIMIT, count > 5 ? words[5] : NULL))
    return 1;
  is_fine = in ? publish(&p, in, words[3], strcmp(words[1], "until-asked") == 0) : stops(&p);
  error_of(&p, &error);
  if (error.kind != RTMP_ERR_NONE)
    printf("%s\nagain %d\n", text_for(&error), may_pass(&error));
  finish(&p);
  if (in)
    fclose(in);
  return is_fine ? 0 : 1;
}
