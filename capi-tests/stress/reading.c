/* What the thread that reads may call. Where no call waits it is the one that drives, too. */
#include "calls.h"

#include "commands.h"

#include <arpa/inet.h>
#include <poll.h>

static void look(const RTMPPacket *packet)
{
  AMFObject object, *nested = &object;
  AMFObjectProperty property;
  RTMP_PAYLOAD payload = { .size = sizeof payload };
  RTMP_TRACK tracks[4] = { { .size = sizeof tracks[0] } };
  static const AVal duration = { (char *)"duration", 8 };
  RTMP_ClassifyPayload(packet->m_packetType, packet->m_body, packet->m_nBodySize, &payload);
  RTMP_GetPayloadTracks(packet->m_packetType, packet->m_body, packet->m_nBodySize, tracks, 4);
  if (packet->m_packetType != RTMP_PACKET_TYPE_INFO && packet->m_packetType != RTMP_PACKET_TYPE_INVOKE)
    return;
  if (!packet->m_body)
    return;
  if (AMF_Decode(nested, packet->m_body, (int)packet->m_nBodySize, FALSE) >= 0) {
    RTMP_FindFirstMatchingProperty(nested, &duration, &property);
    AMF_Dump(nested);
  }
  /* What came before a fault is there too. */
  AMF_Reset(nested);
}

static void read_packet(unsigned number)
{
  RTMPPacket packet = { 0 };
  /* A message that is not complete stays with the library. */
  if (RTMP_ReadPacket(r, &packet) && RTMPPacket_IsReady(&packet)) {
    look(&packet);
    RTMPPacket_Dump(&packet);
    if (number % 2)
      RTMP_ClientPacket(r, &packet);
    RTMPPacket_Free(&packet);
  }
}

static void next_media(void)
{
  RTMPPacket packet = { 0 };
  if (RTMP_GetNextMediaPacket(r, &packet) == 1)
    look(&packet);
  RTMPPacket_Free(&packet);
}

/* A program's own command connect. */
static RTMPPacket *own_connect(RTMPPacket *packet)
{
  static char bytes[RTMP_MAX_HEADER_SIZE + 100];
  unsigned char *body = (unsigned char *)bytes + RTMP_MAX_HEADER_SIZE;
  unsigned char *end = put_number(put_string(body, "connect"), 1);
  *end++ = 3;
  end = put_string(put_name(end, "app"), "app");
  memcpy(end, "\0\0\x09", 3);
  memset(packet, 0, sizeof *packet);
  packet->m_nChannel = 3;
  packet->m_packetType = RTMP_PACKET_TYPE_INVOKE;
  packet->m_body = (char *)body;
  packet->m_nBodySize = (uint32_t)(end + 3 - body);
  return packet;
}

static void connect_in_two_steps(void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  address.sin_port = htons((uint16_t)server.port);
  RTMP_Close(r);
  if (RTMP_Connect0(r, (struct sockaddr *)&address))
    RTMP_Connect1(r, NULL);
}

static void connect_all(unsigned number)
{
  RTMPPacket packet;
  RTMP_Connect(r, number % 4 ? NULL : own_connect(&packet));
}

static void change_mode(unsigned number)
{
  static const unsigned limits[] = { 0, 600, 20000 };
  if (!RTMP_SetNonBlocking(r, number % 4 != 0, limits[number / 4 % 3]))
    must(errno == EAGAIN || errno == EBUSY || errno == ENOTCONN || errno == EINTR || errno == EBADF || errno == ECANCELED,
         "why the mode stays");
}

static void read_flv(unsigned number)
{
  static char buffer[70000];
  int count = RTMP_Read(r, buffer, number % 3 ? (int)sizeof buffer : 50);
  must(count >= -1 || count == RTMP_AGAIN, "RTMP_Read");
  with_media += count > 0;
}

static void want(int milliseconds)
{
  RTMP_WANT want = { .size = sizeof want };
  struct pollfd wanted;
  if (!RTMP_Want(r, &want))
    return;
  must(want.fd >= -1 && want.timeout >= -1 && !(want.events & ~(POLLIN | POLLOUT)), "RTMP_Want");
  wanted = (struct pollfd){ .fd = want.fd, .events = (short)want.events };
  /* Another thread may end all of it meanwhile. */
  poll(&wanted, 1, want.timeout >= 0 && want.timeout < milliseconds ? want.timeout : milliseconds);
}

static void drive(unsigned number)
{
  int outcome;
  want(3);
  outcome = RTMP_Drive(r);
  must(outcome == 1 || outcome == 0 || outcome == -1 || outcome == RTMP_AGAIN, "RTMP_Drive");
  if (outcome == 0 || outcome == -1) {
    if (number % 4 == 0)
      RTMP_Close(r);
    if (number % 4 < 2)
      RTMP_Start(r, NULL, 0);
  }
}

static void start(unsigned number)
{
  RTMPPacket packet;
  RTMP_Start(r, number % 4 ? NULL : own_connect(&packet), (int)(number / 4 % 2));
}

/* Only on a handle that is not connected, and then for the next connection. */
static void configure_anew(unsigned number)
{
  static RTMP_CONFIG configs[4];
  static unsigned next;
  RTMP_CONFIG *config = number % 4 ? &configs[next % 4] : NULL;
  if (config)
    configure(config, number);
  if (RTMP_Configure(r, config))
    next++;
}

void read_something(struct thread *self, unsigned number)
{
  switch (number % 32) {
  case 0: case 1: CALL("RTMP_Connect", connect_all(number / 32)); break;
  case 2: CALL("RTMP_ConnectStream", RTMP_ConnectStream(r, (int)(number / 32 % 2))); break;
  case 3: CALL("RTMP_ReconnectStream", RTMP_ReconnectStream(r, 0)); break;
  case 4: case 5: case 6: case 7: case 8: CALL("RTMP_ReadPacket", read_packet(number / 32)); break;
  case 9: case 10: case 11: case 12: CALL("RTMP_GetNextMediaPacket", next_media()); break;
  case 13: CALL("RTMP_Connect0 and 1", connect_in_two_steps()); break;
  case 14: CALL("RTMP_Pending", must(RTMP_Pending(r) >= 0, "RTMP_Pending")); break;
  case 15: CALL("RTMP_DropRequest", RTMP_DropRequest(r, 0, TRUE)); break;
  case 17: CALL("RTMP_Configure", configure_anew(number / 32)); break;
  case 18: CALL("RTMP_Drive", want(1); RTMP_Drive(r)); break;
  default: CALL("RTMP_Read", read_flv(number)); break;
  }
}

void drive_something(struct thread *self, unsigned number)
{
  switch (number % 32) {
  case 0: CALL("RTMP_Start", start(number / 32)); break;
  case 1: CALL("RTMP_SetNonBlocking", change_mode(number / 32)); break;
  case 2: CALL("RTMP_Connect", if (number / 32 % 2) RTMP_Connect(r, NULL)); break;
  case 3: CALL("RTMP_ConnectStream", RTMP_ConnectStream(r, 0)); break;
  case 4: case 5: CALL("RTMP_ReadPacket", read_packet(number / 32)); break;
  case 6: case 7: CALL("RTMP_GetNextMediaPacket", next_media()); break;
  case 8: case 9: CALL("RTMP_Pending", must(RTMP_Pending(r) >= 0, "RTMP_Pending")); break;
  case 10: CALL("RTMP_Finish", if (number / 32 % 4 == 0) RTMP_Finish(r)); break;
  case 11: CALL("RTMP_Configure", configure_anew(number / 32)); break;
  case 12: CALL("RTMP_DropRequest", RTMP_DropRequest(r, 0, TRUE)); break;
  case 13: case 14: case 15: case 16: case 17: case 18: CALL("RTMP_Read", read_flv(number)); break;
  default: CALL("RTMP_Drive", drive(number / 32)); break;
  }
}
