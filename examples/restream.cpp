// Plays a stream and publishes it elsewhere:   restream FROM TO
#include "rtmp.hpp"

#include <csignal>
#include <iostream>
#include <vector>

int main(int count, char **words)
try {
  if (count != 3) {
    std::cerr << "usage: " << words[0] << " FROM TO\n";
    return 2;
  }
  // The original librtmp lets a server that goes end the program.
  std::signal(SIGPIPE, SIG_IGN);

  auto from = rtmp::Connection::play(words[1]);
  auto to = rtmp::Connection::publish(words[2]);
  // Longer than any message: the original librtmp wants whole tags in each write, and gives them into enough room.
  std::vector<char> block(std::size_t{1} << 24);
  while (const auto got = from.read(block.data(), static_cast<int>(block.size())))
    to.write(block.data(), got);
  return 0;
} catch (const std::exception &error) {
  std::cerr << "restream: " << error.what() << '\n';
  return 1;
}
