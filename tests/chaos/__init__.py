"""`make chaos`: a seeded adversary against a whole Maru, judged by what the platforms' stand-ins saw."""
