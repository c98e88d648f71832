#include "client.h"

#include "flv.h"
#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#define END_NUMBER 0xffffffffu

int client_connect(struct client *client)
{
  RTMP *r = client->r;
  if (!RTMP_SetupURL(r, client->url))
    return FALSE;
  RTMP_EnableWrite(r);
  return RTMP_Connect(r, NULL) && RTMP_ConnectStream(r, 0);
}

/* --- reading --- */

static void check(struct client *client, unsigned type, uint32_t stamp, const unsigned char *body, uint32_t size)
{
  uint32_t n = client->received;
  if (size > 5 && get32(body + 1) == END_NUMBER) {
    __atomic_store_n(&client->has_ended, 1, __ATOMIC_RELEASE);
    return;
  }
  if (!is_body(n, body, size))
    client->fault = "a message with other bytes, or lost, or twice";
  else if (type != 8 + n % 2 || stamp != stamp_of(n))
    client->fault = "a message with another type or time";
  client->received++;
}

static void read_packets(struct client *client)
{
  RTMPPacket packet = { 0 };
  while (!client->fault && RTMP_ReadPacket(client->r, &packet)) {
    if (!RTMPPacket_IsReady(&packet))
      continue;
    if (packet.m_packetType == RTMP_PACKET_TYPE_AUDIO || packet.m_packetType == RTMP_PACKET_TYPE_VIDEO)
      check(client, packet.m_packetType, packet.m_nTimeStamp, (unsigned char *)packet.m_body, packet.m_nBodySize);
    RTMP_ClientPacket(client->r, &packet);
    RTMPPacket_Free(&packet);
  }
  RTMPPacket_Free(&packet);
}

static int take_tag(void *context, unsigned type, uint32_t stamp, const unsigned char *body, uint32_t size)
{
  struct client *client = context;
  check(client, type, stamp, body, size);
  return !client->fault;
}

static void read_flv(struct client *client)
{
  const char *fault = flv_read(client->r, take_tag, client);
  if (fault)
    client->fault = fault;
}

void *client_read(void *argument)
{
  struct client *client = argument;
  if (client->style == PACKETS)
    read_packets(client);
  else
    read_flv(client);
  /* Nothing more comes that could end the run in order. */
  __atomic_store_n(&client->has_stopped, 1, __ATOMIC_RELEASE);
  return NULL;
}

/* --- writing --- */

int client_send(RTMP *r, uint32_t n, char *body)
{
  RTMPPacket packet = { 0 };
  packet.m_nChannel = 4 + (int)(n % 3);
  packet.m_headerType = n % 50 < 3 ? RTMP_PACKET_SIZE_LARGE : RTMP_PACKET_SIZE_MEDIUM;
  packet.m_packetType = 8 + n % 2;
  packet.m_nTimeStamp = stamp_of(n);
  packet.m_nInfoField2 = 1;
  packet.m_nBodySize = size_of(n);
  packet.m_body = body;
  fill_body(n, (unsigned char *)body);
  return RTMP_SendPacket(r, &packet, FALSE);
}

/* A call that the peer answers. */
static int send_call(RTMP *r, const char *name, uint32_t n)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 64], *body = buffer + RTMP_MAX_HEADER_SIZE, *limit = buffer + sizeof buffer;
  RTMPPacket packet = { 0 };
  AVal text = { (char *)name, (int)strlen(name) };
  char *end = AMF_EncodeNumber(AMF_EncodeString(body, limit, &text), limit, n);
  *end++ = AMF_NULL;
  packet.m_nChannel = 7;
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet.m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet.m_body = body;
  packet.m_nBodySize = (uint32_t)(end - body);
  return RTMP_SendPacket(r, &packet, TRUE);
}

/* Later messages come in larger chunks. */
static int enlarge_chunks(RTMP *r)
{
  char buffer[RTMP_MAX_HEADER_SIZE + 4];
  RTMPPacket packet = { 0 };
  packet.m_nChannel = 2;
  packet.m_headerType = RTMP_PACKET_SIZE_LARGE;
  packet.m_packetType = RTMP_PACKET_TYPE_CHUNK_SIZE;
  packet.m_body = buffer + RTMP_MAX_HEADER_SIZE;
  packet.m_nBodySize = 4;
  put32((unsigned char *)packet.m_body, 1000);
  if (!RTMP_SendPacket(r, &packet, FALSE))
    return FALSE;
  /* The reader, which replies, may look at it just now. */
  __atomic_store_n(&r->m_outChunkSize, 1000, __ATOMIC_RELAXED);
  return TRUE;
}

static int write_one(struct client *client, uint32_t n, char *buffer)
{
  if (n % 100 == 57)
    return send_call(client->r, "stress", n);
  if (client->style == PACKETS)
    return client_send(client->r, n, buffer + RTMP_MAX_HEADER_SIZE);
  return flv_write(client->r, n, buffer);
}

void *client_write(void *argument)
{
  struct client *client = argument;
  char *buffer = malloc(LONGEST + 64);
  uint32_t n = 0;
  int going = buffer != NULL;

  while (going && (!client->messages || n < client->messages)) {
    going = write_one(client, n, buffer);
    n += going != 0;
    if (n == client->messages / 2 && n)
      going = going && enlarge_chunks(client->r);
  }
  if (going)
    going = send_call(client->r, "done", n);
  client->sent = n;
  free(buffer);
  return NULL;
}
