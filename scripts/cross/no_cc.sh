#!/bin/sh
# Stands for the compiler and the archiver of C where nothing is linked. It passes for clang, which some
# targets insist on; a build script looks for the library it had made, so there is an empty one.
for argument; do
  case $argument in
    -E) echo '"clang"' ;;
    '-?') exit 1 ;;
    *.a | *.lib) : >"${argument#-out:}" ;;
  esac
done
