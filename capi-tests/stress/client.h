/* One handle used by two threads: one reads and checks what the peer sends, one writes what the peer checks. */
#ifndef CLIENT_H
#define CLIENT_H

#include <librtmp/rtmp.h>

#include <pthread.h>
#include <stdint.h>

enum style {
  PACKETS, /* RTMP_ReadPacket, RTMP_ClientPacket; RTMP_SendPacket */
  FLV      /* RTMP_Read; RTMP_Write */
};

struct client {
  RTMP *r;
  enum style style;
  char url[256];
  uint32_t messages;  /* to send; 0: until it fails */

  uint32_t sent;      /* messages that were sent */
  uint32_t received;  /* messages that were checked */
  int has_ended;      /* the peer's last message was read */
  int has_stopped;    /* the reader has */
  const char *fault;  /* what was wrong with a message, NULL if nothing was */
};

/* Connects until messages may flow. FALSE when that fails. */
int client_connect(struct client *client);

/* Sends message n as a packet. `body` has room for the longest, and for a header in front. */
int client_send(RTMP *r, uint32_t n, char *body);

/* Bodies of the two threads. They end when a call fails; the writer also after its last message. */
void *client_read(void *client);
void *client_write(void *client);

#endif
