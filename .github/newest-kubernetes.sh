#!/bin/sh
# newest-kubernetes.sh: builds a kind node image of the newest stable Kubernetes, for the next steps.
set -eu

version=$(curl --fail --silent --show-error --location --retry 3 https://dl.k8s.io/release/stable.txt)
case $version in
v[0-9]*.[0-9]*.[0-9]*) ;;
*)
  echo "https://dl.k8s.io/release/stable.txt is \"$version\", not a version." >&2
  exit 1
  ;;
esac
kind build node-image "$version" --image "todo-chatbot-node:$version"
echo "KIND_NODE_IMAGE=todo-chatbot-node:$version" >>"$GITHUB_ENV"
