#!/bin/sh
# Stands for the compiler and the archiver of C where nothing is linked. A build script looks for the
# library it had made, so there is an empty one.
for argument; do
  case $argument in *.a | *.lib) : >"${argument#-out:}" ;; esac
done
