// Swift imports everything Lethe needs of libsodium as it is.
#pragma once
#include <sodium.h>
