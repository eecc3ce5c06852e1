// Swift imports everything Lethe needs of zstd as it is.
#pragma once
#include <zstd.h>
#include <zstd_errors.h>
