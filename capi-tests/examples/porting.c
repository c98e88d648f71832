/* Calls the code of docs/porting.md, which stands in porting-page.h:
 *
 *   porting publish FILE.flv rtmp://HOST/APP/KEY     prints the peer's address
 *   porting stop                                     stops a thread that waits for a server, prints the reason */
#define _POSIX_C_SOURCE 200809L
#include "porting-page.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

/* An odd size: the pieces end anywhere in tags. */
enum { PIECE = 777 };

static int publish(struct publisher *p, FILE *in, char *url)
{
  struct sockaddr_storage peer;
  char piece[PIECE], text[INET_ADDRSTRLEN], *key = strrchr(url, '/');
  size_t got;

  *key++ = '\0';
  if (!connect_to(p, url, key, &peer) || peer.ss_family != AF_INET)
    return 0;
  printf("peer %s\n", inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof text));
  while ((got = fread(piece, 1, sizeof piece, in)) > 0)
    if (!send_flv(p, piece, (int)got))
      return 0;
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
  struct sockaddr_storage peer;
  return connect_to(publisher, silent_server(), "key", &peer) ? "connected" : NULL;
}

int main(int count, char **words)
{
  struct publisher p;
  pthread_t thread;
  FILE *in = NULL;
  void *connected = NULL;
  char *text;
  int is_fine = 0;

  if (!start(&p))
    return 1;
  if (count == 4 && (in = fopen(words[2], "rb"))) {
    is_fine = publish(&p, in, words[3]);
    fclose(in);
  } else if (pthread_create(&thread, NULL, connect_in_vain, &p) == 0) {
    /* Whether the thread waits already or is still to begin makes no difference. */
    stop(&p);
    pthread_join(thread, &connected);
    is_fine = !connected;
  }
  text = reason(&p);
  printf("%s\n", text);
  free(text);
  finish(&p);
  return is_fine ? 0 : 1;
}
