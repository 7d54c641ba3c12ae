# Target profiles: embedded into the compiler under these paths.

