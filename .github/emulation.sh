#!/bin/sh
# emulation.sh [stack]: lets this Ubuntu machine build images for several platforms, by running programs of other
# processors. For a stack, only if its images are for several.
set -eu

if [ $# -gt 0 ]; then
  case $(npm run --silent todo -- settings images --stack "$1") in
  *'["linux/'*'","linux/'*) docker buildx create --use ;;
  *) exit 0 ;;
  esac
fi
sudo apt-get update --quiet
sudo apt-get install --yes --quiet --no-install-recommends qemu-user-static binfmt-support
