#include "pattern.h"

unsigned char pattern[LONGEST + 256];

void make_pattern(void)
{
  for (unsigned i = 0; i < sizeof pattern; i++)
    pattern[i] = (unsigned char)(i * 167 + (i >> 8) * 59);
}
