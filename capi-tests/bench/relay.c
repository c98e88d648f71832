#include "relay.h"

#include "../c/peer.h"

/* A stream, as long as somebody takes part in it. */
static struct room {
  struct room *next;
  char name[NAME_ROOM];
  RTMP *player;
  int is_over, members;
} *rooms;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* With the lock held, as all below that have a room. */
static struct room *enter(const char *name)
{
  struct room *room = rooms;
  while (room && strcmp(room->name, name))
    room = room->next;
  if (!room) {
    must((room = calloc(1, sizeof *room)) != NULL, "calloc");
    snprintf(room->name, sizeof room->name, "%s", name);
    room->next = rooms;
    rooms = room;
  }
  room->members++;
  return room;
}

static void leave(struct room *room)
{
  struct room **at = &rooms;
  if (--room->members)
    return;
  while (*at != room)
    at = &(*at)->next;
  *at = room->next;
  free(room);
}

static int is_command(const RTMPPacket *packet, const char *name)
{
  AVal said = { NULL, 0 };
  if (packet->m_packetType != RTMP_PACKET_TYPE_INVOKE || packet->m_nBodySize <= 3)
    return FALSE;
  AMF_DecodeString(packet->m_body + 1, &said);
  return said.av_len == (int)strlen(name) && !memcmp(said.av_val, name, strlen(name));
}

/* Until the publisher says that it is done, goes, or the player does. */
static void pass_on(RTMP *from, RTMP *to)
{
  RTMPPacket packet = { 0 };
  int is_going = TRUE;

  while (is_going && RTMP_ReadPacket(from, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_CHUNK_SIZE)
      from->m_inChunkSize = (int)AMF_DecodeInt32(packet.m_body);
    packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
    if (packet.m_packetType == RTMP_PACKET_TYPE_VIDEO)
      is_going = RTMP_SendPacket(to, &packet, FALSE);
    else if (is_command(&packet, "deleteStream"))
      is_going = FALSE;
    RTMPPacket_Free(&packet);
  }
}

void relay_publisher(RTMP *r, const char *name)
{
  struct room *room;
  RTMP *player;

  pthread_mutex_lock(&lock);
  room = enter(name);
  while (!room->player)
    pthread_cond_wait(&changed, &lock);
  player = room->player;
  pthread_mutex_unlock(&lock);
  pass_on(r, player);
  peer_status(player, "NetStream.Play.Stop");
  pthread_mutex_lock(&lock);
  room->is_over = TRUE;
  pthread_cond_broadcast(&changed);
  leave(room);
  pthread_mutex_unlock(&lock);
}

void relay_player(RTMP *r, const char *name, void (*sink)(RTMP *r))
{
  struct room *room;

  pthread_mutex_lock(&lock);
  room = enter(name);
  room->player = r;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  sink(r);
  /* The handle is the publisher's as long as that sends. */
  pthread_mutex_lock(&lock);
  while (!room->is_over)
    pthread_cond_wait(&changed, &lock);
  leave(room);
  pthread_mutex_unlock(&lock);
}
