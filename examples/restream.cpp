// Plays a stream and publishes it elsewhere, until its end or Ctrl-C:   restream FROM TO
//
// Options may follow each address: "rtmp://host/app/stream receiveTimeout=5000".
#include "rtmp.hpp"

#include <csignal>
#include <iostream>
#include <stdexcept>
#include <vector>

namespace {

volatile std::sig_atomic_t is_stopped = 0;

void stop_if_told()
{
  if (is_stopped)
    throw std::runtime_error("interrupted");
}

rtmp::Settings settings(const char *name)
{
  rtmp::Settings settings;
  settings.connectTimeout = std::chrono::seconds(5);
  // 128 bytes, the size without it, cost more headers and more work on both sides.
  settings.options = {{"outChunk", "65536"}};
  settings.onWait = [] {
    stop_if_told();
    return false;
  };
  settings.onEvent = [name](const rtmp::Event &event) {
    if (event.kind == RTMP_EVENT_STATUS)
      std::clog << name << ": " << event.code << '\n';
  };
  return settings;
}

void restream(rtmp::Connection &from, rtmp::Connection &to)
{
  std::vector<char> block(64 * 1024);
  while (const auto got = from.read(block.data(), static_cast<int>(block.size()))) {
    to.write(block.data(), got);
    // Where nothing is waited for the library does not ask.
    stop_if_told();
  }
  const RTMP_STATS stats = to.stats();
  std::cout << "connected in " << stats.connect_ms << " ms, sent " << stats.bytes_out << " bytes\n";
}

} // namespace

int main(int count, char **words)
try {
  if (count != 3) {
    std::cerr << "usage: " << words[0] << " FROM TO\n";
    return 2;
  }
  std::signal(SIGINT, [](int) { is_stopped = 1; });

  auto from = rtmp::Connection::play(words[1], settings("from"));
  auto to = rtmp::Connection::publish(words[2], settings("to"));
  restream(from, to);
  return 0;
} catch (const rtmp::Error &error) {
  std::cerr << "restream: " << error.what() << " (kind " << error.kind() << " in phase " << error.phase();
  std::cerr << (*error.code() ? " " : "") << error.code() << ")\n";
  return 1;
} catch (const std::exception &error) {
  std::cerr << "restream: " << error.what() << '\n';
  return 1;
}
