/* Sockets that a program makes non-blocking by itself (fcntl), or gives time limits that are short (SO_RCVTIMEO): before the
 * handshake, before the dialogue and behind it, with each kind of cover, on both sides. Nothing is lost, and nothing ends, because
 * there is nothing now. The original fails at the first such moment: this program is for a library that does better. */
#define _GNU_SOURCE
#include "certificate.h"
#include "common.h"
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/time.h>

#define TAGS 20

static struct sockaddr_in place;
static int listener;
static void *context;

static void listen_somewhere(void)
{
  socklen_t length = sizeof place;

  place = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  /* Little is to fit before a socket is full. */
  must(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &(int){ 32768 }, sizeof(int)) == 0, "SO_RCVBUF");
  must(bind(listener, (void *)&place, sizeof place) == 0, "bind");
  must(listen(listener, 64) == 0, "listen");
  must(getsockname(listener, (void *)&place, &length) == 0, "getsockname");
}

static void never_block(int fd)
{
  int flags = fcntl(fd, F_GETFL);
  must(flags != -1 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0, "O_NONBLOCK");
}

static void await(RTMP *r)
{
  struct pollfd place = { RTMP_Socket(r), POLLIN, 0 };
  must(RTMP_IsConnected(r), "the connection stays");
  must(poll(&place, 1, -1) == 1, "poll");
}

/* How a client treats its socket, each in addition to those before. */
enum way { LEFT_ALONE, STREAMING, DIALOGUE, HANDSHAKE };

static void *serve(void *argument)
{
  struct peer *peer = argument;

  peer->fd = accept(listener, NULL, NULL);
  must(peer->fd >= 0, "accept");
  return peer_main(peer);
}

/* A server that only shakes hands, on a socket that does not wait. */
static void *serve_by_hand(void *argument)
{
  struct peer *peer = argument;
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  r->m_sb.sb_socket = accept(listener, NULL, NULL);
  never_block(r->m_sb.sb_socket);
  peer->received = (!peer->tls || RTMP_TLS_Accept(r, peer->tls)) && RTMP_Serve(r);
  RTMP_Close(r);
  RTMP_Free(r);
  return NULL;
}

static void server_start(struct peer *peer, void *(*work)(void *), int media, int is_secure)
{
  memset(peer, 0, sizeof *peer);
  peer->media = media;
  peer->tls = is_secure ? context : NULL;
  must(pthread_create(&peer->thread, NULL, work, peer) == 0, "pthread_create");
}

static RTMP *set_up(const char *scheme, int publishes)
{
  static char url[200];
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/stream live=1 tlsVerify=0", scheme, ntohs(place.sin_port));
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  return r;
}

/* Connects, and looks for nothing but whether there is something: a call that says no is repeated. */
static void connect_by(RTMP *r, enum way way)
{
  must(RTMP_Connect0(r, (void *)&place), "RTMP_Connect0");
  if (way >= HANDSHAKE)
    never_block(RTMP_Socket(r));
  must(RTMP_Connect1(r, NULL), "RTMP_Connect1");
  if (way >= DIALOGUE)
    never_block(RTMP_Socket(r));
  while (!RTMP_ConnectStream(r, 0)) {
    must(way >= DIALOGUE, "RTMP_ConnectStream");
    await(r);
  }
  if (way >= STREAMING)
    never_block(RTMP_Socket(r));
}

/* The sum over the tags: which of them the header of the file speaks of depends on what has come when it is made. */
static unsigned play(const char *scheme, enum way way)
{
  static char flv[3000];
  RTMP *r = set_up(scheme, FALSE);
  int got, header = 13;
  unsigned sum = 0;

  connect_by(r, way);
  while ((got = RTMP_Read(r, flv, sizeof flv)) > 0 || !r->m_read.status) {
    must(got >= 0, "RTMP_Read");
    if (!got)
      await(r);
    /* It comes whole. */
    if (got)
      sum = add_to_sum(sum, flv + header, (size_t)(got - header));
    header = got ? 0 : header;
  }
  must(r->m_read.status == RTMP_READ_COMPLETE, "the end");
  RTMP_Close(r);
  RTMP_Free(r);
  return sum;
}

/* The same by messages, with a time limit for receives that is soon over. */
static unsigned read_messages(const char *scheme, int milliseconds)
{
  RTMP *r = set_up(scheme, FALSE);
  RTMPPacket packet = { 0 };
  unsigned sum = 0;
  int count = 0;

  connect_by(r, milliseconds ? LEFT_ALONE : STREAMING);
  if (milliseconds) {
    struct timeval limit = { 0, milliseconds * 1000 };
    must(setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
  }
  while (count < TAGS) {
    if (!RTMP_ReadPacket(r, &packet)) {
      must(errno == EAGAIN && RTMP_IsTimedout(r), "RTMP_ReadPacket");
      await(r);
    } else if (RTMPPacket_IsReady(&packet)) {
      int is_media = packet.m_packetType == RTMP_PACKET_TYPE_AUDIO || packet.m_packetType == RTMP_PACKET_TYPE_VIDEO;
      if (is_media)
        sum = add_to_sum(sum, packet.m_body, packet.m_nBodySize);
      count += is_media;
      RTMPPacket_Free(&packet);
    }
  }
  RTMP_Close(r);
  RTMP_Free(r);
  return sum;
}

static void publish(const char *scheme, enum way way)
{
  static char tag[70000];
  RTMP *r = set_up(scheme, TRUE);

  connect_by(r, way);
  must(setsockopt(RTMP_Socket(r), SOL_SOCKET, SO_SNDBUF, &(int){ 16384 }, sizeof(int)) == 0, "SO_SNDBUF");
  for (int i = 0; i < TAGS; i++) {
    int size = 3000 * (i + 1);
    memset(tag, 0, 11);
    tag[0] = 9;
    tag[1] = (char)(size >> 16);
    tag[2] = (char)(size >> 8);
    tag[3] = (char)size;
    tag[5] = (char)(i * 20 >> 8);
    tag[6] = (char)(i * 20);
    memset(tag + 11, 'a' + i % 26, (size_t)size);
    memset(tag + 11 + size, 0, 4);
    must(RTMP_Write(r, tag, size + 15) == size + 15, "RTMP_Write");
  }
  RTMP_Close(r);
  RTMP_Free(r);
}

/* Plays in each way. */
static void play_each_way(const char *scheme, int is_secure)
{
  unsigned sums[HANDSHAKE + 1];
  struct peer peer;

  for (int way = LEFT_ALONE; way <= HANDSHAKE; way++) {
    server_start(&peer, serve, TAGS, is_secure);
    sums[way] = play(scheme, (enum way)way);
    peer_wait(&peer);
    must(sums[way] == sums[LEFT_ALONE], "the same is played");
  }
}

/* Publishes on a socket that was left alone, and on one that was not: messages that came, the same. */
static int publish_both_ways(const char *scheme, int is_secure)
{
  struct peer peers[2];

  for (int way = 0; way < 2; way++) {
    server_start(&peers[way], serve, 0, is_secure);
    publish(scheme, way ? HANDSHAKE : LEFT_ALONE);
    peer_wait(&peers[way]);
  }
  must(peers[0].sum == peers[1].sum, "the same is published");
  return peers[1].received;
}

int main(void)
{
  static const char *const schemes[] = { "rtmp", "rtmpe", "rtmps" };

  signal(SIGPIPE, SIG_IGN);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  context = make_context();
  listen_somewhere();
  for (int i = 0; i < 3; i++) {
    unsigned read[2];
    struct peer peer;
    RTMP *r;
    int received = publish_both_ways(schemes[i], i == 2);
    play_each_way(schemes[i], i == 2);
    for (int limit = 0; limit < 2; limit++) {
      server_start(&peer, serve, TAGS, i == 2);
      read[limit] = read_messages(schemes[i], limit);
      peer_wait(&peer);
    }
    server_start(&peer, serve_by_hand, 0, i == 2);
    must(RTMP_Connect(r = set_up(schemes[i], FALSE), NULL), "RTMP_Connect");
    peer_wait(&peer);
    RTMP_Close(r);
    RTMP_Free(r);
    printf("%s: %d messages written, %s, %s\n", schemes[i], received, read[0] == read[1] ? "the same read" : "OTHERS READ",
           peer.received ? "served" : "NOT SERVED");
  }
  RTMP_TLS_FreeServerContext(context);
  return 0;
}
