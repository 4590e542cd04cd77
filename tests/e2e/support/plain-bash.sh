#!/bin/sh
# bash without anybody's start-up files: those of who runs the tests may wait, ask or print.
exec bash --noprofile --norc "$@"
