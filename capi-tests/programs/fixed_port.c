/* Preloaded into rtmpsrv and rtmpsuck, which listen on 0.0.0.0:1935 and have no option for it: lets them listen on
 * the loopback port that the environment variable LISTEN_PORT names. Any other bind() is passed on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*original)(int, const struct sockaddr *, socklen_t);
    void *symbol = dlsym(RTLD_NEXT, "bind");
    const char *port = getenv("LISTEN_PORT");
    struct sockaddr_in wanted;

    memcpy(&original, &symbol, sizeof original);
    if (port == NULL || length < sizeof wanted || address->sa_family != AF_INET)
        return original(fd, address, length);
    memcpy(&wanted, address, sizeof wanted);
    if (ntohs(wanted.sin_port) != 1935)
        return original(fd, address, length);
    wanted.sin_port = htons((unsigned short)atoi(port));
    wanted.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return original(fd, (const struct sockaddr *)&wanted, sizeof wanted);
}
