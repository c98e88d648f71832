/* A server that goes with its client up to a point and is silent from there on. */
#ifndef SILENT_H
#define SILENT_H

#include "link.h"

#include <pthread.h>
#include <semaphore.h>

enum silence {
  NOT_ACCEPTED,  /* no connection is even accepted */
  ACCEPTED,      /* not a word */
  HALF_SHAKEN,   /* the first half of its handshake */
  SHAKEN,        /* no answer to connect */
  PLAYING_DEAF,  /* play or publish is accepted; nothing is read any more */
  TUNNEL_IDLE    /* HTTP: no idle request is answered */
};

struct silent {
  enum silence silence;
  int listener, fd, port;
  int fillers[8];
  pthread_t thread;
  struct link link;
  int is_playing;
  sem_t reached;     /* posted when it falls silent */
};

void silent_start(struct silent *server, enum silence silence);
void silent_end(struct silent *server);

#endif
