/* A server in the same program that is not careful: it accepts streams and plays, but what it says, when and how it ends
 * is a matter of chance, from a seed. It serves one connection after the other. */
#ifndef CARELESS_H
#define CARELESS_H

#include "link.h"

#include <pthread.h>

struct careless {
  enum transport transport;
  void *tls;          /* of a TLS server, else NULL */
  int listener, port;
  unsigned seed;      /* may be changed between connections */
  int is_over;
  pthread_t thread;
  unsigned long connections, messages;
};

void careless_start(struct careless *server);
void careless_end(struct careless *server);

#endif
