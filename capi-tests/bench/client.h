/* The cases of the benchmark's client. Each measures one thing and prints its results. */
#ifndef CLIENT_H
#define CLIENT_H

#include "measure.h"

/* Connects to `url=` and starts playing or publishing. */
RTMP *start_session(int is_publisher);

/* transfer.c */
void case_receive(void); /* RTMP_ReadPacket */
void case_read(void);    /* RTMP_Read */
void case_send(void);    /* RTMP_SendPacket */
void case_write(void);   /* RTMP_Write */

/* bare.c */
void case_bare_read(void);
void case_bare_write(void);
void case_memcpy(void);

/* calls.c */
void case_amf_encode(void);
void case_amf_decode(void);
void case_parse_url(void);
void case_setup(void);

/* session.c */
void case_connect(void);
void case_publish(void);
void case_idle(void);

#endif
