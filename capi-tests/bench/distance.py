"""A server far away: a relay in front of it whose both directions take their time. It forwards at once, whatever was said
before, so that the time of a connection counts the round trips that it waits for. The one of TCP itself, which the relay
has answered already, is waited for too. What TCP does about small segments is not seen through a relay."""

import asyncio
import contextlib
import socket
import threading

# Seconds there and back.
ROUND_TRIP = 0.1


async def _forward(reader, writer):
    """Passes on what comes, each piece so much later, and the end behind it."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            loop.call_later(ROUND_TRIP / 2, writer.write, data)
    loop.call_later(ROUND_TRIP / 2, writer.close)


def _at_once(writer):
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Relay:
    """A relay on a free loopback port, a context manager."""

    def __init__(self, port):
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self):
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        await asyncio.sleep(ROUND_TRIP)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        _at_once(writer)
        _at_once(far_writer)
        await asyncio.gather(_forward(reader, far_writer), _forward(far_reader, writer))
