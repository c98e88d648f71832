// RTMP_GetStats from C++: a struct of zeros but for its size.
#include <cstddef>
#include <cstdio>
#include <type_traits>

#include <librtmp/log.h>
#include <librtmp/rtmp.h>

static_assert(std::is_standard_layout<RTMP_STATS>::value, "a struct of C");
static_assert(RTMP_UNKNOWN == 0xffffffff, "all bits");
static_assert(offsetof(RTMP_STATS, bytes_in) == 8 && offsetof(RTMP_STATS, confirmed) == 56, "no gaps");
static_assert(offsetof(RTMP_STATS, resolve_ms) == 64 && offsetof(RTMP_STATS, unsent) == 96, "no gaps");
static_assert(offsetof(RTMP_STATS, pings) == 120 && sizeof(RTMP_STATS) < 120 + 4 + alignof(RTMP_STATS), "no gaps");

namespace {

RTMP_STATS ask(RTMP &r)
{
  RTMP_STATS stats{};
  stats.size = sizeof stats;
  std::printf("%d ", RTMP_GetStats(&r, &stats));
  return stats;
}

} // namespace

int main()
{
  static RTMP r;
  RTMP_Init(&r);
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  RTMP_STATS stats = ask(r);
  std::printf("fresh: phase %d, %llu bytes\n", stats.phase, static_cast<unsigned long long>(stats.bytes_out));

  char url[] = "rtmp://127.0.0.1:1/app/stream";
  const int connected = RTMP_SetupURL(&r, url) && RTMP_Connect(&r, nullptr);
  stats = ask(r);
  std::printf("connected %d: phase %d, name %s, socket %s\n", connected, stats.phase, stats.resolve_ms ? "found" : "not found",
              stats.connect_ms ? "connected" : "not connected");
  RTMP_Close(&r);
  stats = ask(r);
  std::printf("closed: phase %d, name %s\n", stats.phase, stats.resolve_ms ? "found" : "not found");
  stats.size = 0;
  std::printf("%d\n", RTMP_GetStats(&r, &stats));
}
