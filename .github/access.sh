#!/bin/sh
# access.sh: gives the next steps the cluster and the registry that the environment has credentials for:
# KUBECONFIG_TEXT; REGISTRY, REGISTRY_USER and REGISTRY_PASSWORD. Without them, as for a fork, it does nothing.
set -eu

if [ -n "${KUBECONFIG_TEXT:-}" ]; then
  umask 077
  printf '%s\n' "$KUBECONFIG_TEXT" >"$RUNNER_TEMP/kubeconfig"
  echo "KUBECONFIG=$RUNNER_TEMP/kubeconfig" >>"$GITHUB_ENV"
fi
if [ -n "${REGISTRY_PASSWORD:-}" ]; then
  printf '%s' "$REGISTRY_PASSWORD" |
    docker login "$REGISTRY" --username "$REGISTRY_USER" --password-stdin
fi
