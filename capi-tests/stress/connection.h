/* One client of the peer: what was sent to it and what came. One thread reads, another writes. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "link.h"
#include "wire.h"

#include <pthread.h>

/* Pings without answer: how far the writer may run ahead. */
#define WINDOW 600
#define REPLIES 4096

enum answer { RESULT, STREAM, PUBLISHED, PLAYING };

struct reply {
  enum answer answer;
  double transaction;
};

struct connection {
  struct link link;
  struct wire wire;
  int fd;
  unsigned number;
  pthread_t writer;

  /* Of the reader. */
  uint32_t next;       /* message of the client */
  uint32_t reported;   /* bytes that it says it has received */
  uint32_t reports;
  uint32_t command_pongs;
  uint32_t bandwidth_results;

  /* Of both. */
  pthread_mutex_t lock;
  pthread_cond_t news;
  uint32_t pings, pongs;
  uint32_t command_pings;
  uint32_t bandwidth_checks;
  uint32_t sent;       /* bytes; wraps */
  struct reply replies[REPLIES];
  unsigned first_reply, end_of_replies;
  int is_streaming, is_done, is_over;
  char fault[256];

  /* Of the writer. */
  uint32_t media, rounds, chunk_size;
};

/* The thread that keeps the client busy, until `is_over`. */
void *speak(void *connection);

/* Looks at received bytes. */
void hear(void *connection, const unsigned char *bytes, size_t count);

/* After the end: what only a client that said "done" is asked for. */
void judge(struct connection *c);

/* Notes the first thing that is wrong. */
void blame(struct connection *c, const char *what, uint32_t got, uint32_t expected);

#endif
