/* A live server's part of the peer: what one client publishes another one plays. */
#ifndef RELAY_H
#define RELAY_H

#include "measure.h"

#define NAME_ROOM 64

/* Passes on the media of a publisher to the player of the same stream, for which it waits, and tells that one the end. */
void relay_publisher(RTMP *r, const char *name);

/* Takes part as the player of a stream until that has ended; `sink` takes what the player says. */
void relay_player(RTMP *r, const char *name, void (*sink)(RTMP *r));

#endif
