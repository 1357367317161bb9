// stat and fstat that need no newer C library than Node does.
#pragma once

#include <sys/stat.h>

extern "C" {
int addon_stat(const char* path, struct stat* out);
int addon_fstat(int fd, struct stat* out);
}
