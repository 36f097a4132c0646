#!/bin/sh
# emulation.sh: lets this Ubuntu machine run programs of other processors, which images for several platforms need.
set -eu

sudo apt-get update --quiet
sudo apt-get install --yes --quiet --no-install-recommends qemu-user-static binfmt-support
