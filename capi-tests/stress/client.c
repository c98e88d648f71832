#include "client.h"

#include "pattern.h"

#include <stdlib.h>
#include <string.h>

#define TAG_HEADER 11
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

/* Checks the whole tags in `bytes`; returns how many bytes they are. */
static size_t check_tags(struct client *client, const unsigned char *bytes, size_t count)
{
  size_t done = 0;
  while (count - done >= TAG_HEADER) {
    const unsigned char *tag = bytes + done;
    uint32_t size = get32(tag) & 0xffffff, stamp = get32(tag + 4);
    if (count - done < TAG_HEADER + size + 4)
      break;
    check(client, tag[0], stamp >> 8 | stamp << 24, tag + TAG_HEADER, size);
    if (get32(tag + TAG_HEADER + size) != TAG_HEADER + size)
      client->fault = "a tag with a wrong size behind it";
    done += TAG_HEADER + size + 4;
  }
  return done;
}

static void read_flv(struct client *client)
{
  static const size_t file_header = 13;
  size_t room = 4 * LONGEST, have = 0, done = 0;
  unsigned char *bytes = malloc(room);
  int count, has_begun = 0;

  while (bytes && !client->fault && (count = RTMP_Read(client->r, (char *)bytes + have, 32768)) > 0) {
    have += (size_t)count;
    if (!has_begun && have >= file_header) {
      if (memcmp(bytes, "FLV\1", 4))
        client->fault = "no file header";
      has_begun = 1;
      done = file_header;
    }
    if (has_begun)
      done += check_tags(client, bytes + done, have - done);
    memmove(bytes, bytes + done, have - done);
    have -= done;
    done = 0;
  }
  free(bytes);
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

static int send_packet(RTMP *r, uint32_t n, char *body)
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

/* In one piece or cut in two, somewhere. */
static int write_tag(RTMP *r, uint32_t n, char *buffer)
{
  unsigned char *tag = (unsigned char *)buffer;
  uint32_t size = size_of(n), stamp = stamp_of(n), whole = TAG_HEADER + size + 4;
  uint32_t cut = n % 3 ? (n * 2654435761u >> 8) % whole : 0;

  put32(tag, size);
  tag[0] = (unsigned char)(n % 10 == 9 ? 18 : 8 + n % 2);
  put32(tag + 4, stamp << 8 | stamp >> 24);
  put32(tag + 7, stamp >> 24 << 24);
  fill_body(n, tag + TAG_HEADER);
  put32(tag + TAG_HEADER + size, TAG_HEADER + size);
  return (!cut || RTMP_Write(r, buffer, (int)cut) == (int)cut)
         && RTMP_Write(r, buffer + cut, (int)(whole - cut)) == (int)(whole - cut);
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
  r->m_outChunkSize = 1000;
  return TRUE;
}

static int write_one(struct client *client, uint32_t n, char *buffer)
{
  if (n % 100 == 57)
    return send_call(client->r, "stress", n);
  if (client->style == PACKETS)
    return send_packet(client->r, n, buffer + RTMP_MAX_HEADER_SIZE);
  return write_tag(client->r, n, buffer);
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
