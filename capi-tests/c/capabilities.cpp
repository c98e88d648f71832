// The functions of Enhanced RTMP in C++.
#include <librtmp/rtmp.h>

#include <cstdint>
#include <cstdio>
#include <vector>

int main()
{
  static const char video[] = "\x96\x11hvc1\5\0\0\5\0\0\7ab\6\0\0\3\0\0\1";
  const std::uint32_t size = sizeof video - 1;
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);

  RTMP_CAPABILITIES capabilities = {};
  capabilities.size = sizeof capabilities;
  const int answered = RTMP_GetCapabilities(r, &capabilities);
  std::uint32_t four_cc, flags;
  const int hevc = RTMP_GetFourCcInfo(r, RTMP_FOURCCS_VIDEO, RTMP_FOURCC_HEVC, &flags);
  const int first = RTMP_GetFourCc(r, RTMP_FOURCCS_LISTED, 0, &four_cc, &flags);

  RTMP_PAYLOAD payload = {};
  payload.size = sizeof payload;
  const int classified = RTMP_ClassifyPayload(RTMP_PACKET_TYPE_VIDEO, video, size, &payload);
  std::vector<RTMP_TRACK> tracks(payload.tracks);
  tracks.at(0).size = sizeof(RTMP_TRACK);
  const std::uint32_t count = RTMP_GetPayloadTracks(RTMP_PACKET_TYPE_VIDEO, video, size, tracks.data(), payload.tracks);

  std::printf("answered %d, HEVC %d, first %d, payload %d of %u tracks, the second is %u at %u+%u\n", answered, hevc, first,
              classified && payload.isKey, count, tracks.at(1).trackId, tracks.at(1).offset, tracks.at(1).length);
  RTMP_Close(r);
  RTMP_Free(r);
  return capabilities.said & RTMP_SAID_ENHANCED ? 1 : 0;
}
